import type { ReactNode } from 'react';
import { TipLine, TipNote, TipTitle } from '#renderer/job-view/tip-parts.tsx';
import { formatCount, formatDuration, formatId } from '#shared/lib/format.ts';
import type { BandRow } from '#shared/model/compare.ts';

/** Under this many values the 10th and 90th percentile lie between the very last ones. */
const FEW = 10;

/** A step's percentiles over its jobs. */
export const BandTip = ({ row, jobs }: { readonly row: BandRow; readonly jobs: number }): ReactNode => {
  const three = (of: readonly [number, number, number]): string => of.map(formatDuration).join(' | ');
  return (
    <>
      <TipTitle>{row.name}</TipTitle>
      <TipLine name="n" value={`${formatCount(row.n)} of ${formatCount(jobs)}`} />
      {row.errors > 0 && <TipLine name="errors" value={formatCount(row.errors)} />}
      <div className="wf-tip-note">duration p10 | p50 | p90</div>
      <TipLine name="" value={three(row.duration)} />
      <div className="wf-tip-note">start p10 | p50 | p90</div>
      <TipLine name="" value={three(row.start)} />
      <TipLine
        name="slowest"
        value={formatDuration(row.slowest.duration_ms)}
        note={formatId(row.slowest.job_id)}
      />
      {row.n < FEW && <TipNote>{`Percentiles of ${row.n} values say little.`}</TipNote>}
    </>
  );
};
