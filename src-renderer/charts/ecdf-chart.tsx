import { type ReactNode, useMemo } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import { formatPercent } from '#shared/lib/format.ts';
import type { GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import styles from './chart.module.css';
import { drawnGroups, ecdfRows } from './ecdf-data.ts';
import { PlotMark } from './plot-mark.tsx';
import { domainOf, scaleOf, spread } from './scale.ts';
import { fitText, groupName, styleAt } from './series.ts';
import { inUnit, onAxis } from './units.ts';

const HEIGHT = 360;
const LEFT = 52;
const BOTTOM = 42;
const TOP = 12;
const GAP = 17;

/** Share of jobs up to each value, a line per group with its name at its end. */
export function EcdfChart(props: {
  readonly groups: readonly GroupFigures[];
  readonly measure: MeasureInfo;
  readonly log: boolean;
  readonly width: number;
  readonly onGroup: (key: string) => void;
}): ReactNode {
  const { groups, measure, log, width } = props;
  const drawn = useMemo(() => drawnGroups(groups), [groups]);
  const rows = useMemo(() => [...ecdfRows(groups, log)], [groups, log]);
  const longest = Math.max(...drawn.map(({ group }) => groupName(group.key).length), 4);
  const right = Math.min(width * 0.3, 34 + longest * 7.2);
  const plot = { left: LEFT, right: width - right, top: TOP, bottom: HEIGHT - BOTTOM };
  const x = scaleOf(
    domainOf(
      rows.map((row) => row.x),
      log,
    ),
    [plot.left, plot.right],
    { log, unit: measure.unit, count: Math.max(3, Math.min(8, width / 130)) },
  );
  // Names stand by their medians, as the curves stand from left to right where they cross the half.
  const order = drawn.toSorted((a, b) => (a.group.median ?? 0) - (b.group.median ?? 0));
  const tops = spread(
    order.map(() => plot.top + 4),
    GAP,
    [plot.top + 4, plot.bottom],
  );
  if (drawn.length === 0) return <p className="dim">No job has a value of this measure.</p>;
  return (
    <LineChart
      width={width}
      height={HEIGHT}
      data={rows}
      margin={{ left: 0, right: right, top: TOP, bottom: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid stroke="var(--grid)" />
      <XAxis
        type="number"
        dataKey="x"
        scale={log ? 'log' : 'linear'}
        domain={[...x.domain]}
        ticks={[...x.ticks]}
        tickFormatter={(value: number) => onAxis(value, measure.unit)}
        height={BOTTOM}
        stroke="var(--border-strong)"
        tick={{ fill: 'var(--text-dim)', fontSize: 11 }}
        label={{
          value: `${measure.title}${log ? ', logarithmic' : ''}`,
          position: 'insideBottom',
          offset: 6,
          fill: 'var(--text-dim)',
          fontSize: 11,
        }}
        allowDataOverflow
      />
      <YAxis
        type="number"
        domain={[0, 1]}
        ticks={[0, 0.25, 0.5, 0.75, 0.9, 1]}
        tickFormatter={(value: number) => onAxis(value, 'share')}
        width={LEFT}
        stroke="var(--border-strong)"
        tick={{ fill: 'var(--text-dim)', fontSize: 11 }}
        interval={0}
      />
      <ReferenceLine y={0.5} stroke="var(--text-faint)" strokeDasharray="4 3" />
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: 'var(--border-strong)' }}
        content={({ active, label }) =>
          active === true ? <Tip at={Number(label)} drawn={drawn} rows={rows} measure={measure} /> : null
        }
      />
      {drawn.map(({ group, index }) => (
        <Line
          key={group.key}
          dataKey={`s${index}`}
          type="stepAfter"
          stroke={styleAt(index).colour}
          strokeDasharray={styleAt(index).dash}
          strokeWidth={2}
          dot={group.n === 1}
          activeDot={false}
          isAnimationActive={false}
          connectNulls={false}
          onClick={() => props.onGroup(group.key)}
          style={{ cursor: 'pointer' }}
        />
      ))}
      <g className={styles.plot}>
        {order.map(({ group, index }, at) => {
          const end = x.at(group.ecdf.x.at(-1) ?? 0);
          const y = tops[at] ?? 0;
          const { colour, dash } = styleAt(index);
          return (
            <PlotMark
              key={group.key}
              words={`${groupName(group.key)}, n ${group.n}: show the jobs`}
              onOpen={() => props.onGroup(group.key)}
            >
              <rect
                className={styles.rowArea}
                x={plot.right + 2}
                y={y - GAP / 2}
                width={right - 2}
                height={GAP}
              />
              <path
                d={`M${Math.max(plot.left, Math.min(end, plot.right))} ${plot.top}H${plot.right}`}
                stroke={colour}
                strokeWidth={1}
                opacity={0.35}
              />
              <path
                d={`M${plot.right + 4} ${y}h16`}
                stroke={colour}
                strokeWidth={2.5}
                strokeDasharray={dash}
              />
              <text x={plot.right + 24} y={y + 4}>
                {fitText(groupName(group.key), right - 26)}
              </text>
            </PlotMark>
          );
        })}
      </g>
    </LineChart>
  );
}

function Tip(props: {
  readonly at: number;
  readonly drawn: ReturnType<typeof drawnGroups>;
  readonly rows: ReturnType<typeof ecdfRows>;
  readonly measure: MeasureInfo;
}): ReactNode {
  const row = props.rows.find(({ x }) => x === props.at);
  return (
    <div className={styles.tip} style={{ position: 'static' }}>
      up to {inUnit(props.at, props.measure.unit)}
      <dl>
        {props.drawn.map(({ group, index }) => {
          const share = row?.[`s${index}`];
          const before = props.at < (group.ecdf.x[0] ?? 0);
          return [
            <dt key="name">
              <span className={styles.swatch} style={{ background: styleAt(index).colour }} />
              {fitText(groupName(group.key), 180)}
            </dt>,
            <dd key="share">{formatPercent(share ?? (before ? 0 : 1))}</dd>,
          ];
        })}
      </dl>
    </div>
  );
}
