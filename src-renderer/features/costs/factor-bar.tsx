import type { ReactNode } from 'react';

const WIDTH = 160;

/** An interval and the amount in it, from zero; null where an end is unknown. */
export function factorBar(of: {
  readonly low: number | null;
  readonly mid: number | null;
  readonly high: number | null;
}): ReactNode {
  const { low, mid, high } = of;
  if (low === null || mid === null || high === null || high <= 0) return null;
  const at = (usd: number): number => 4 + (usd / high) * (WIDTH - 8);
  return (
    <svg width={WIDTH} height={14} aria-hidden="true">
      <path d={`M4 7H${WIDTH - 4}`} stroke="var(--grid)" />
      <path
        d={`M${at(low)} 7H${at(high)}M${at(low)} 3v8M${at(high)} 3v8`}
        stroke="var(--text-dim)"
        strokeWidth={1.5}
        fill="none"
      />
      <circle cx={at(mid)} cy={7} r={4} fill="var(--series-1)" />
    </svg>
  );
}
