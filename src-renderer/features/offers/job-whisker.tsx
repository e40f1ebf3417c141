import type { ReactNode } from 'react';
import type { PricedOffer, Spread } from '#shared/model/offers.ts';

/** One axis for a whole column, so that whiskers of rows can be held against one another. */
export interface WhiskerScale {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}
const WIDTH = 86;
const HEIGHT = 12;
const LOG_RATIO = 20;

/** From the least to most of the intervals; the longest tails end at the edge. */
export function whiskerScale(offers: readonly PricedOffer[]): WhiskerScale {
  const spreads = offers.flatMap(({ usd_per_job }) => usd_per_job ?? []);
  if (spreads.length === 0) return { low: 0, high: 1, log: false };
  const highs = spreads.map(({ p90 }) => p90).sort((a, b) => a - b);
  const high = highs[Math.floor((highs.length - 1) * 0.95)] ?? 1;
  const low = Math.min(...spreads.map(({ p10 }) => p10));
  const log = low > 0 && high / low > LOG_RATIO;
  return log ? { low, high, log } : { low: 0, high, log };
}

/** p10 to p90 with the median. */
export function JobWhisker(props: {
  readonly spread: Spread | null;
  readonly scale: WhiskerScale;
}): ReactNode {
  const { spread, scale } = props;
  if (spread === null) return null;
  const f = scale.log ? Math.log : (value: number) => value;
  const at = (value: number): number => {
    const share = (f(value) - f(scale.low)) / (f(scale.high) - f(scale.low) || 1);
    return 2 + Math.min(1, Math.max(0, share)) * (WIDTH - 4);
  };
  const [a, m, b] = [at(spread.p10), at(spread.p50), at(spread.p90)];
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true" style={{ float: 'left', marginTop: 6 }}>
      <path d={`M${a} 6H${b}M${a} 3v6M${b} 3v6`} stroke="var(--text-dim)" fill="none" />
      <circle cx={m} cy={6} r={3} fill="var(--series-1)" />
    </svg>
  );
}
