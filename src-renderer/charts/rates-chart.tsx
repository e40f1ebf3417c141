import type { ReactNode } from 'react';
import type { GroupFigures } from '#shared/model/compare.ts';
import { rateFigure, rateWords } from './rates-data.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { scaleOf } from './scale.ts';
import { groupName, styleAt } from './series.ts';

const ROW = 30;
const BAR = 14;

/** Success rates as bars from zero, pale under their Wilson intervals and outlined in full colour. */
export function RatesChart(props: {
  readonly groups: readonly GroupFigures[];
  readonly width: number;
  readonly onGroup: (key: string) => void;
}): ReactNode {
  const { groups, width } = props;
  const rows = groups.map((group) => ({
    id: group.key,
    label: groupName(group.key),
    figure: rateFigure(group),
    words: rateWords(group),
    onOpen: () => props.onGroup(group.key),
  }));
  const margins = rowMargins(rows, width);
  const scale = scaleOf([0, 1], [margins.left, width - margins.right], { unit: 'share', count: 5 });
  return (
    <RowPlot
      rows={rows}
      scale={scale}
      unit="share"
      axis="succeeded, share of finished jobs; whiskers: 95 % interval (Wilson)"
      width={width}
      rowHeight={ROW}
      margins={margins}
      marks={(at, middle) => {
        const group = groups[at];
        if (group === undefined || group.success_rate === null) return null;
        const low = scale.at(group.success_low ?? group.success_rate);
        const high = scale.at(group.success_high ?? group.success_rate);
        return (
          <g pointerEvents="none">
            <rect
              x={scale.at(0)}
              y={middle - BAR / 2}
              width={Math.max(0, scale.at(group.success_rate) - scale.at(0))}
              height={BAR}
              fill={styleAt(at).colour}
              fillOpacity={0.4}
              stroke={styleAt(at).colour}
            />
            <path
              d={`M${low} ${middle}H${high}M${low} ${middle - 5}v10M${high} ${middle - 5}v10`}
              stroke="var(--text)"
              strokeWidth={1.5}
              fill="none"
            />
          </g>
        );
      }}
    />
  );
}
