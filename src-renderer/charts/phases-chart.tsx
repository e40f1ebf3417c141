import type { ReactNode } from 'react';
import { formatDuration } from '#shared/lib/format.ts';
import styles from './chart.module.css';
import { barWords, type Phase, type PhaseBar } from './phases-data.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { domainOf, scaleOf } from './scale.ts';
import { fitText, groupName, MAX_SERIES, styleAt } from './series.ts';

const ROW = 36;
const BAR = 22;
const PX_PER_CHAR = 7.1;
const LEGEND_LINE = 18;

/** One bar a group, stacked by span name, milliseconds per job. */
export function PhasesChart(props: {
  readonly phases: readonly Phase[];
  readonly bars: readonly PhaseBar[];
  readonly width: number;
  readonly onGroup: (key: string) => void;
}): ReactNode {
  const { bars, phases, width } = props;
  const rows = bars.map((bar) => ({
    id: bar.key,
    label: groupName(bar.key),
    figure: bar.n === 0 ? '–' : formatDuration(bar.total),
    words: barWords(bar),
    onOpen: () => props.onGroup(bar.key),
  }));
  const margins = rowMargins(rows, width);
  const scale = scaleOf(
    domainOf(
      bars.map(({ total }) => total),
      false,
    ),
    [margins.left, width - margins.right],
    { unit: 'ms', count: Math.max(3, Math.min(8, width / 110)) },
  );
  return (
    <>
      <RowPlot
        rows={rows}
        scale={scale}
        unit="ms"
        axis="mean time per job in each span name's own time"
        width={width}
        rowHeight={ROW}
        margins={margins}
        marks={(at, middle) => (
          <g pointerEvents="none">
            {bars[at]?.parts.map(({ phase, ms, from }) => {
              const x = scale.at(from);
              const wide = scale.at(from + ms) - x;
              if (wide < 0.4) return null;
              const room = wide - 8;
              return (
                <g key={phase.title}>
                  <rect
                    x={x}
                    y={middle - BAR / 2}
                    width={Math.max(0.5, wide - 1)}
                    height={BAR}
                    fill={styleAt(phase.index).colour}
                  />
                  {room > phase.title.length * PX_PER_CHAR && (
                    <text
                      x={x + 5}
                      y={middle + 4}
                      style={{ fill: phase.index < MAX_SERIES ? 'var(--ink-on-layer)' : 'var(--bg-page)' }}
                    >
                      {phase.title}
                    </text>
                  )}
                </g>
              );
            })}
          </g>
        )}
      />
      <Legend phases={phases} width={width} />
    </>
  );
}

/** Drawn, and not text of the page: a picture that is exported must have it, too. */
function Legend(props: { readonly phases: readonly Phase[]; readonly width: number }): ReactNode {
  let [x, line] = [0, 0];
  const signs = props.phases.map((phase) => {
    const text = fitText(phase.title, props.width - 24);
    const wide = 24 + text.length * PX_PER_CHAR;
    if (x > 0 && x + wide > props.width) [x, line] = [0, line + 1];
    const sign = { phase, text, x, y: line * LEGEND_LINE };
    x += wide + 12;
    return sign;
  });
  return (
    <svg
      data-plot="legend"
      className={styles.plot}
      width={props.width}
      height={(line + 1) * LEGEND_LINE}
      aria-hidden="true"
    >
      {signs.map(({ phase, text, x: left, y }) => (
        <g key={phase.title}>
          <rect x={left} y={y + 5} width={14} height={8} fill={styleAt(phase.index).colour} />
          <text x={left + 19} y={y + 13}>
            {text}
          </text>
        </g>
      ))}
    </svg>
  );
}
