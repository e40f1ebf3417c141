import type { ReactNode } from 'react';
import { formatDuration } from '#shared/lib/format.ts';
import styles from './chart.module.css';
import { barWords, type Phase, type PhaseBar } from './phases-data.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { domainOf, scaleOf } from './scale.ts';
import { groupName, MAX_SERIES, styleAt } from './series.ts';

const ROW = 36;
const BAR = 22;
const PX_PER_CHAR = 7.1;

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
                      style={{ fill: phase.index < MAX_SERIES ? 'var(--ink-on-layer)' : 'var(--text)' }}
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
      <p className="dim" style={{ fontSize: 12 }}>
        {phases.map((phase) => (
          <span key={phase.title} style={{ marginRight: 14, whiteSpace: 'nowrap' }}>
            <span className={styles.swatch} style={{ background: styleAt(phase.index).colour }} />
            {phase.title}
          </span>
        ))}
      </p>
    </>
  );
}
