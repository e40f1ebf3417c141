import type { ReactNode } from 'react';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatPercent, formatSignificant, UNKNOWN } from '#shared/lib/format.ts';
import styles from './rentals.module.css';

/** Below this share of what was promised, a figure is marked. */
const POOR = 0.5;

/** What came of what was promised, as figures and as a bar up to the promise. */
export function RatioBar(props: {
  readonly got: number | null;
  readonly promised: number | null;
  readonly unit: string;
}): ReactNode {
  const { got, promised, unit } = props;
  if (got === null)
    return (
      <span className={styles.ratio}>
        <Figure text={UNKNOWN} unknown="Nothing was downloaded that could be measured" />
        {promised !== null && <span className="dim"> of {formatSignificant(promised)}</span>}
      </span>
    );
  const share = promised === null || promised <= 0 ? null : got / promised;
  const words = `${formatSignificant(got)}${promised === null ? '' : ` of ${formatSignificant(promised)}`}`;
  return (
    <span
      className={styles.ratio}
      title={`${words} ${unit}${share === null ? '' : `: ${formatPercent(share)} of what was promised`}`}
    >
      <span className="figure">{words}</span>
      {share !== null && (
        <span className={styles.track} aria-hidden="true">
          <span
            className={styles.fill}
            data-poor={share < POOR}
            style={{ width: `${Math.min(1, share) * 100}%` }}
          />
        </span>
      )}
      {share !== null && (
        <span className={styles.share} data-poor={share < POOR}>
          {formatPercent(share)}
        </span>
      )}
    </span>
  );
}
