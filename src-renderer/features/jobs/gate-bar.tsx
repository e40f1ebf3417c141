import type { ReactNode } from 'react';
import { formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { Usd } from '#shared/model/units.ts';
import styles from './gate.module.css';

/** Where the threshold's label turns to the other side of its mark, so that it stays inside. */
const TURN = 0.6;

/** The interval of a cost with its probable figure, against the threshold above which is asked. Starts at zero. */
export function GateBar(props: {
  readonly low: Usd;
  readonly probable: Usd;
  readonly high: Usd;
  readonly threshold: Usd;
}): ReactNode {
  const { low, probable, high, threshold } = props;
  const end = Math.max(high, threshold, Number.MIN_VALUE) * 1.04;
  const at = (usd: Usd): string => `${(usd / end) * 100}%`;
  const turned = threshold / end > TURN;
  return (
    <div
      className={styles.bar}
      role="img"
      aria-label={`From ${formatUsd(low)} to ${formatUsdUp(high)}, probably ${formatUsd(probable)}; asked above ${formatUsd(threshold)}.`}
    >
      <div className={styles.track} />
      <div className={styles.span} style={{ left: at(low), width: at(high - low) }} />
      <div className={styles.probable} style={{ left: at(probable) }} />
      <div className={styles.threshold} style={{ left: at(threshold) }} data-turned={turned}>
        <span>asks above {formatUsd(threshold)}</span>
      </div>
    </div>
  );
}
