import type { ReactNode } from 'react';
import { formatPercent } from '#shared/lib/format.ts';
import type { CoverageRow } from '#shared/model/costs.ts';
import { coverageWords, verdictColour } from './calibration-data.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { scaleOf } from './scale.ts';

const ROW = 34;
const BAND = 16;

/** Claimed against come true: a dot in its band is as claimed. */
export function CoverageChart(props: {
  readonly rows: readonly CoverageRow[];
  readonly width: number;
}): ReactNode {
  const { rows, width } = props;
  const shown = rows.map((row) => ({
    id: String(row.claimed),
    label: `${Math.round(row.claimed * 100)} %`,
    figure: row.empirical === null ? row.verdict : `${formatPercent(row.empirical)} ${row.verdict}`,
    words: coverageWords(row),
  }));
  // A verdict is not cut off, however narrow the chart.
  const longest = Math.max(0, ...shown.map(({ figure }) => figure.length));
  const margins = { ...rowMargins(shown, width), right: 20 + longest * 7.3 };
  const scale = scaleOf([0, 1], [margins.left, width - margins.right], { unit: 'share', count: 5 });
  return (
    <RowPlot
      rows={shown}
      scale={scale}
      unit="share"
      axis="actual costs inside the interval"
      width={width}
      rowHeight={ROW}
      margins={margins}
      marks={(at, middle) => {
        const row = rows[at];
        if (row === undefined) return null;
        const [low, high, claim] = [row.band_low, row.band_high, row.claimed].map((share) => scale.at(share));
        return (
          <g pointerEvents="none">
            {row.n > 0 && (
              <rect
                x={low}
                y={middle - BAND / 2}
                width={Math.max(1, (high ?? 0) - (low ?? 0))}
                height={BAND}
                fill="var(--series-1)"
                fillOpacity={0.3}
              />
            )}
            <path d={`M${claim} ${middle - BAND / 2 - 3}v${BAND + 6}`} stroke="var(--text)" strokeWidth={2} />
            {row.empirical !== null && (
              <circle
                cx={scale.at(row.empirical)}
                cy={middle}
                r={5}
                fill={row.verdict === 'not yet calibrated' ? 'var(--bg-page)' : verdictColour(row.verdict)}
                stroke={verdictColour(row.verdict)}
                strokeWidth={2}
              />
            )}
          </g>
        );
      }}
    />
  );
}
