import type { ReactNode } from 'react';
import { VERDICT_WORDS } from '#renderer/charts/effects-data.ts';
import { domainOf, type Scale, scaleOf } from '#renderer/charts/scale.ts';
import { formatRuns } from '#shared/lib/format.ts';
import type { ComparisonVerdict, VerdictWord } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import { tradeOffWord } from './words.ts';

function shapeOf(verdict: VerdictWord): ReactNode {
  switch (verdict) {
    case 'better':
      return <path d="M6 1.5 L11 10 L1 10 Z" fill="currentColor" />;
    case 'worse':
      return <path d="M6 10.5 L11 2 L1 2 Z" fill="currentColor" />;
    case 'no_difference':
      return <path d="M1.5 4.5h9M1.5 8h9" stroke="currentColor" strokeWidth="2" />;
    case 'not_enough':
      return (
        <circle
          cx="6"
          cy="6"
          r="4.2"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2 2"
        />
      );
  }
}

const TRADE_OFF = <path d="M3.5 1 L6.5 5.5 L0.5 5.5 Z M8.5 11 L11.5 6.5 L5.5 6.5 Z" fill="currentColor" />;

/** A verdict as shape, word and colour. */
export function VerdictMark(props: {
  readonly verdict: VerdictWord;
  /** With too few runs: about so many more per group. */
  readonly more: number | null;
  /** Opposite in success: neither colour nor shape says that one is better. */
  readonly tradeOff?: boolean;
}): ReactNode {
  const tradeOff = props.tradeOff === true;
  return (
    <span className={styles.verdict} data-verdict={tradeOff ? 'trade_off' : props.verdict}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {tradeOff ? TRADE_OFF : shapeOf(props.verdict)}
      </svg>
      {tradeOff ? tradeOffWord(props.verdict) : VERDICT_WORDS[props.verdict]}
      {props.verdict === 'not_enough' && props.more !== null && (
        <span className="faint"> ~{formatRuns(props.more)} more</span>
      )}
    </span>
  );
}

const WIDTH = 168;
const HEIGHT = 18;

/** One axis for all small intervals of a list; ratios and differences have one each. */
export function effectScale(
  verdicts: readonly ComparisonVerdict[],
  kind: ComparisonVerdict['effect_kind'],
): Scale {
  const log = kind === 'ratio';
  const values = verdicts
    .filter(({ effect_kind }) => effect_kind === kind)
    .flatMap(({ effect, effect_low, effect_high }) => [effect, effect_low, effect_high]);
  const [low, high] = domainOf([...values, log ? 1 : 0], log);
  // Even around "no difference", so that which side a mark lies on is seen at once.
  const far = log ? Math.max(high, 1 / low) : Math.max(Math.abs(low), Math.abs(high));
  return scaleOf(log ? [1 / far, far] : [-far, far], [4, WIDTH - 4], { log });
}

/** An effect and its interval, the line at "no difference". */
export function EffectMark(props: {
  readonly verdict: ComparisonVerdict;
  readonly scale: Scale;
  readonly tradeOff?: boolean;
}): ReactNode {
  const { verdict, scale } = props;
  const { effect, effect_low, effect_high, effect_kind } = verdict;
  const middle = HEIGHT / 2;
  const none = scale.at(effect_kind === 'ratio' ? 1 : 0);
  const x = effect === null ? null : scale.at(effect);
  return (
    <svg
      className={styles.effect}
      data-verdict={props.tradeOff === true ? 'trade_off' : verdict.verdict}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      height={HEIGHT}
      role="img"
      aria-label={effect === null ? 'No effect known' : 'The effect with its interval'}
    >
      <path d={`M${none} 0V${HEIGHT}`} className={styles.none} />
      {effect_low !== null && effect_high !== null && Number.isFinite(effect_low) && (
        <path
          d={`M${scale.at(effect_low)} ${middle}H${Math.min(WIDTH, scale.at(effect_high))}`}
          stroke="currentColor"
          strokeWidth="2"
          strokeDasharray={verdict.verdict === 'not_enough' ? '3 2' : undefined}
        />
      )}
      {x !== null && Number.isFinite(x) && (
        <path
          d={`M${x - 4} ${middle}L${x} ${middle - 4}L${x + 4} ${middle}L${x} ${middle + 4}z`}
          fill="currentColor"
        />
      )}
    </svg>
  );
}
