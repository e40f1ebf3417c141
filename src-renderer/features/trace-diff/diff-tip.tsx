import type { ReactNode } from 'react';
import { type DiffSteps, deltaText, shareText } from '#renderer/job-view/steps/diff-steps.ts';
import { TipLine, TipNote, TipTitle } from '#renderer/job-view/tip-parts.tsx';
import { formatDuration, formatDurationExact } from '#shared/lib/format.ts';
import { stepName } from '#shared/model/trace-align.ts';
import { shareOf } from '#shared/model/trace-diff.ts';

/** A step's figures in both jobs. */
export const DiffTip = ({ steps, row }: { readonly steps: DiffSteps; readonly row: number }): ReactNode => {
  const { diff } = steps;
  const a = steps.inA(row);
  const b = steps.inB(row);
  const share = shareOf(diff, diff.ownDeltaUs[row] as number);
  const start = (range: typeof a): string => (range === null ? '–' : formatDuration(range.startUs / 1000));
  const ms = (range: NonNullable<typeof a>): number => (range.endUs - range.startUs) / 1000;
  const delta = (us: number): string => {
    const { shape, figure } = deltaText(us);
    return `${shape} ${figure}`;
  };
  return (
    <>
      <TipTitle>{stepName(diff.steps, row)}</TipTitle>
      {a !== null && <TipLine name="A" value={formatDuration(ms(a))} title={formatDurationExact(ms(a))} />}
      {b !== null && <TipLine name="B" value={formatDuration(ms(b))} title={formatDurationExact(ms(b))} />}
      {a !== null && b !== null && (
        <TipLine name="B less A" value={delta(diff.durationDeltaUs[row] as number)} />
      )}
      <TipLine name="own time" value={delta(diff.ownDeltaUs[row] as number)} />
      {share !== null && <TipLine name="explains" value={shareText(share)} />}
      <TipLine name="starts, A | B" value={`${start(a)} | ${start(b)}`} />
      {(a === null || b === null) && <TipNote>{`Only ${a === null ? 'B' : 'A'} has this step.`}</TipNote>}
    </>
  );
};
