import type { ReactNode } from 'react';
import type { Scale } from '#renderer/charts/scale.ts';
import { groupName } from '#renderer/charts/series.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { CompareResult, ComparisonVerdict, MeasureInfo } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import type { Verdicts } from './use-comparison.ts';
import { EffectMark, effectScale, VerdictMark } from './verdict-mark.tsx';
import {
  expectedVerdicts,
  type JudgedPair,
  judgedPairs,
  verdictAbout,
  verdictDetail,
  verdictTerms,
} from './words.ts';

/** Two lines and the line between pairs. */
const PAIR = 53;
const BORDERS = 2;
/** More are scrolled to. */
const PAIRS = 4;

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
  const room = Math.min(expected, PAIRS) * PAIR + BORDERS;
  return (
    <section className={styles.section} aria-label="Verdicts" data-testid="verdicts">
      <h2>
        Verdicts
        {found !== null && expected > PAIRS && <span className="dim"> · {found.length}</span>}
        {found !== null && (
          <span className="faint"> · {verdictTerms(progress?.smallest ?? 0, found.length)}</span>
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
          style={{ minHeight: room, maxHeight: (PAIRS + 0.5) * PAIR + BORDERS }}
        >
          {found === null ? (
            <Waiting
              done={progress?.done ?? 0}
              total={progress?.total ?? expected}
              complete={result.complete}
            />
          ) : (
            <VerdictRows pairs={judgedPairs(found, progress?.success ?? [])} measure={result.measure} />
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

function VerdictRows(props: {
  readonly pairs: readonly JudgedPair[];
  readonly measure: MeasureInfo;
}): ReactNode {
  const { pairs, measure } = props;
  const measured = pairs.map((pair) => pair.measured);
  const rates = pairs.flatMap(({ success }) => success ?? []);
  const scales = { ratio: effectScale(measured, 'ratio'), difference: effectScale(measured, 'difference') };
  const points = effectScale(rates, 'difference');
  const row = (one: ComparisonVerdict, scale: Scale, tradeOff: boolean): ReactNode => (
    <div className={styles.verdictRow}>
      <span className={`faint ${styles.about}`}>{verdictAbout(one, measure)}</span>
      <VerdictMark verdict={one.verdict} more={one.more_runs} tradeOff={tradeOff} />
      <EffectMark verdict={one} scale={scale} tradeOff={tradeOff} />
      <span className={styles.sentence} title={`${one.sentence}\n${verdictDetail(one)}`}>
        {one.sentence}
      </span>
    </div>
  );
  return (
    <ul className={styles.list}>
      {pairs.map(({ measured: one, success, tradeOff }) => (
        <li
          key={`${one.a}\n${one.b}`}
          className={styles.verdictPair}
          aria-label={`${groupName(one.a)} against ${groupName(one.b)}`}
        >
          {row(one, scales[one.effect_kind], tradeOff)}
          {success !== null && row(success, points, false)}
        </li>
      ))}
    </ul>
  );
}
