import type { ReactNode } from 'react';
import { groupName } from '#renderer/charts/series.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatPercent, formatSignificant } from '#shared/lib/format.ts';
import type { CompareResult, ComparisonVerdict } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import type { Verdicts } from './use-comparison.ts';
import { EffectMark, effectScale, VerdictMark } from './verdict-mark.tsx';
import { expectedVerdicts } from './words.ts';

const ROW = 28;
const BORDERS = 2;
/** More are scrolled to. */
const ROWS = 6;

/** Which group is better, in sentences; its room is kept until they come. */
export function VerdictPanel(props: {
  readonly result: CompareResult;
  readonly verdicts: Verdicts;
  /** A condition differs: the sentences are to be read with it. */
  readonly guarded: boolean;
}): ReactNode {
  const { result, verdicts } = props;
  const expected = expectedVerdicts(result);
  if (expected === 0) return null;
  const { progress, failure } = verdicts;
  const found = progress?.verdicts ?? null;
  const room = Math.min(expected, ROWS) * ROW + BORDERS;
  return (
    <section className={styles.section} aria-label="Verdicts" data-testid="verdicts">
      <h2>
        Verdicts
        {found !== null && expected > ROWS && <span className="dim"> · {found.length}</span>}
        {found !== null && (
          <span className="faint">
            {' '}
            · smallest difference of interest {formatPercent(progress?.smallest)} · corrected for{' '}
            {found.length === 1 ? 'one comparison' : `${found.length} comparisons`} (Holm)
          </span>
        )}
      </h2>
      {failure !== null ? (
        <FailureNotice
          failure={failure}
          what="The verdicts could not be worked out."
          onRetry={verdicts.retry}
        />
      ) : (
        <div
          className={styles.verdicts}
          style={{ minHeight: room, maxHeight: ROWS * ROW + ROW / 2 + BORDERS }}
        >
          {found === null ? (
            <Waiting
              done={progress?.done ?? 0}
              total={progress?.total ?? expected}
              complete={result.complete}
            />
          ) : (
            <VerdictRows verdicts={found} />
          )}
        </div>
      )}
      <p className={`dim ${styles.small}`} style={{ minHeight: 18 }}>
        {progress?.note ??
          (found !== null && props.guarded
            ? 'The groups differ in more than what they are compared by: see above.'
            : '')}
      </p>
    </section>
  );
}

function Waiting(props: {
  readonly done: number;
  readonly total: number;
  readonly complete: boolean;
}): ReactNode {
  if (!props.complete) return <p className="dim">Verdicts follow when the source is indexed.</p>;
  return (
    <Delayed>
      <p className="dim" role="status">
        <progress className={styles.progress} max={props.total} value={props.done} /> {props.done} of{' '}
        {props.total} comparisons
      </p>
    </Delayed>
  );
}

const ORDER = { worse: 0, better: 0, no_difference: 1, not_enough: 2 } as const;

function VerdictRows(props: { readonly verdicts: readonly ComparisonVerdict[] }): ReactNode {
  const { verdicts } = props;
  const scales = { ratio: effectScale(verdicts, 'ratio'), difference: effectScale(verdicts, 'difference') };
  const sorted = verdicts.toSorted((x, y) => ORDER[x.verdict] - ORDER[y.verdict]);
  return (
    <ul className={styles.list}>
      {sorted.map((one) => (
        <li key={`${one.a}\n${one.b}`} className={styles.verdictRow}>
          <span title={`${groupName(one.a)} against ${groupName(one.b)}`}>
            <VerdictMark verdict={one.verdict} more={one.more_runs} />
          </span>
          <EffectMark verdict={one} scale={scales[one.effect_kind]} />
          <span className={styles.sentence} title={`${one.sentence}\n${detail(one)}`}>
            {one.sentence}
          </span>
        </li>
      ))}
    </ul>
  );
}

function detail({ p, cliffs_delta }: ComparisonVerdict): string {
  const text = (value: number | null): string =>
    value === null ? '–' : value < 0.001 && value >= 0 ? '< 0.001' : formatSignificant(value, 2);
  return `p ${text(p)} (Mann-Whitney, Holm), Cliff's delta ${cliffs_delta === null ? '–' : formatSignificant(cliffs_delta, 2)}`;
}
