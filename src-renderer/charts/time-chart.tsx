import { type ReactNode, useMemo } from 'react';
import { Area, Bar, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from 'recharts';
import styles from './chart.module.css';
import { PlotMark } from './plot-mark.tsx';
import { domainOf, scaleOf, spread } from './scale.ts';
import { fitText, groupName, MAX_SERIES, type SeriesStyle, styleAt } from './series.ts';
import {
  bucketText,
  bucketWords,
  type TimePoint,
  type TimeSeries,
  timeLabel,
  timeRows,
  timeTicks,
} from './time-data.ts';
import { type ChartUnit, inUnit, onAxis } from './units.ts';

const HEIGHT = 340;
const WHEN = 'when the job was created, local time';
const LEFT = 68;
const BOTTOM = 40;
const TOP = 12;
const GAP = 16;

/** Series over time: lines with their intervals, or stacked bars of counts. A click leads to a bucket's jobs. */
export function TimeChart(props: {
  readonly series: readonly TimeSeries[];
  readonly unit: ChartUnit;
  readonly axis: string;
  readonly kind: 'lines' | 'bars';
  readonly log: boolean;
  readonly width: number;
  readonly height?: number | undefined;
  /** Letters of the longest name, where charts share one axis of time and stand in line. */
  readonly longest?: number | undefined;
  /** Whose time it is. */
  readonly when?: string | undefined;
  readonly onBucket: (bucket: TimePoint, key: string | null) => void;
}): ReactNode {
  const { unit, kind, log, width, height = HEIGHT, onBucket } = props;
  const drawn = useMemo(() => props.series.slice(0, MAX_SERIES), [props.series]);
  const rows = useMemo(() => [...timeRows(drawn)], [drawn]);
  const buckets = drawn[0]?.points ?? [];
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (first === undefined || last === undefined) return <p className="dim">No job has a time to stand at.</p>;
  const labelled = drawn.length > 1 || drawn[0]?.key !== '';
  const longest = props.longest ?? Math.max(...drawn.map(({ key }) => groupName(key).length));
  const right = labelled ? Math.min(width * 0.28, 34 + longest * 7.2) : 16;
  const span = last.to - first.from;
  const heights =
    kind === 'bars'
      ? buckets.map((_, at) => drawn.reduce((sum, { points }) => sum + (points[at]?.value ?? 0), 0))
      : drawn.flatMap(({ points }) => points.flatMap(({ value, low, high }) => [value, low, high]));
  const y = scaleOf(domainOf(heights, log), [height - BOTTOM, TOP], { log, unit, count: 5 });
  const lastValue = ({ points }: TimeSeries): number =>
    points.findLast(({ value }) => value !== null)?.value ?? y.domain[0];
  const stacked = (index: number): number =>
    drawn.slice(0, index).reduce((sum, one) => sum + (one.points.at(-1)?.value ?? 0), 0) +
    (drawn[index]?.points.at(-1)?.value ?? 0) / 2;
  const labels = spread(
    drawn.map((one, index) => y.at(kind === 'bars' ? stacked(index) : lastValue(one))),
    GAP,
    [TOP + 4, height - BOTTOM - 4],
  );
  const pointAt = (at: number): TimePoint | undefined =>
    buckets.find(({ from, to }) => at >= from && at <= to);
  const open = (bucket: TimePoint): void =>
    onBucket(bucket, drawn.length === 1 ? (drawn[0]?.key ?? null) : null);
  const left = (at: number): number => LEFT + ((at - first.from) / (span || 1)) * (width - right - LEFT);
  return (
    <ComposedChart
      width={width}
      height={height}
      data={rows}
      margin={{ left: 0, right, top: TOP, bottom: 0 }}
      accessibilityLayer={false}
      barCategoryGap={1}
      style={{ cursor: 'pointer' }}
      onClick={({ activeLabel }) => {
        const bucket = activeLabel === undefined ? undefined : pointAt(Number(activeLabel));
        if (bucket !== undefined) open(bucket);
      }}
    >
      <CartesianGrid stroke="var(--grid)" />
      <XAxis
        type="number"
        dataKey="at"
        domain={[first.from, last.to]}
        ticks={[...timeTicks(first.from, last.to, Math.max(2, Math.min(8, width / 150)))]}
        tickFormatter={(at: number) => timeLabel(at, span)}
        height={BOTTOM}
        stroke="var(--border-strong)"
        tick={{ fill: 'var(--text-dim)', fontSize: 11 }}
        label={{
          value: props.when ?? WHEN,
          position: 'insideBottom',
          offset: 4,
          fill: 'var(--text-dim)',
          fontSize: 11,
        }}
        allowDataOverflow
      />
      <YAxis
        type="number"
        scale={log ? 'log' : 'linear'}
        domain={[...y.domain]}
        ticks={[...y.ticks]}
        tickFormatter={(value: number) => onAxis(value, unit)}
        width={LEFT}
        stroke="var(--border-strong)"
        tick={{ fill: 'var(--text-dim)', fontSize: 11 }}
        interval={0}
        allowDataOverflow
        label={{
          value: `${props.axis}${log ? ', logarithmic' : ''}`,
          angle: -90,
          position: 'insideLeft',
          offset: 4,
          style: { textAnchor: 'middle' },
          fill: 'var(--text-dim)',
          fontSize: 11,
        }}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={kind === 'bars' ? { fill: 'var(--bg-hover)' } : { stroke: 'var(--border-strong)' }}
        content={({ active, label }) =>
          active === true ? <Tip at={Number(label)} drawn={drawn} unit={unit} /> : null
        }
      />
      {kind === 'bars'
        ? drawn.map((one, index) => (
            <Bar
              key={one.key}
              dataKey={`s${index}`}
              stackId="all"
              fill={styleOf(one, index).colour}
              isAnimationActive={false}
            />
          ))
        : [
            ...drawn.map((one, index) => (
              <Area
                key={`i${one.key}`}
                dataKey={`i${index}`}
                stroke="none"
                fill={styleOf(one, index).colour}
                fillOpacity={0.16}
                isAnimationActive={false}
                activeDot={false}
                connectNulls={false}
              />
            )),
            ...drawn.map((one, index) => (
              <Line
                key={`s${one.key}`}
                dataKey={`s${index}`}
                type="linear"
                stroke={styleOf(one, index).colour}
                strokeDasharray={styleOf(one, index).dash}
                strokeWidth={2}
                dot={
                  isSparse(one) ? { r: 2.5, fill: styleOf(one, index).colour, strokeDasharray: '' } : false
                }
                activeDot={false}
                isAnimationActive={false}
                connectNulls
              />
            )),
          ]}
      {/* For the keyboard and the screen reader; the mouse goes by the chart's own cursor. */}
      <g pointerEvents="none">
        {buckets.map((bucket, at) =>
          drawn.every(({ points }) => (points[at]?.n ?? 0) === 0) ? null : (
            <PlotMark key={bucket.from} words={bucketWords(at, drawn, unit)} onOpen={() => open(bucket)}>
              <rect
                className={styles.bucket}
                x={left(bucket.from)}
                y={TOP}
                width={left(bucket.to) - left(bucket.from)}
                height={height - BOTTOM - TOP}
              />
            </PlotMark>
          ),
        )}
      </g>
      {labelled && (
        <g className={styles.plot}>
          {drawn.map((one, index) => (
            <g key={one.key}>
              <path
                d={`M${width - right + 4} ${labels[index]}h14`}
                stroke={styleOf(one, index).colour}
                strokeWidth={kind === 'bars' ? 9 : 2.5}
                strokeDasharray={kind === 'bars' ? '' : styleOf(one, index).dash}
              />
              <text x={width - right + 22} y={(labels[index] ?? 0) + 4}>
                {fitText(groupName(one.key), right - 24)}
              </text>
            </g>
          ))}
        </g>
      )}
    </ComposedChart>
  );
}

const styleOf = ({ style }: TimeSeries, index: number): SeriesStyle => styleAt(style ?? index);

/** Points that stand alone would be no line at all. */
const isSparse = ({ points }: TimeSeries): boolean =>
  points.filter(({ value }) => value !== null).length <= 40;

function Tip(props: {
  readonly at: number;
  readonly drawn: readonly TimeSeries[];
  readonly unit: ChartUnit;
}): ReactNode {
  const { at, drawn, unit } = props;
  const bucket = drawn[0]?.points.find(({ from, to }) => at >= from && at <= to);
  if (bucket === undefined) return null;
  return (
    <div className={styles.tip} style={{ position: 'static' }}>
      {bucketText(bucket)}
      <dl>
        {drawn.map((one, index) => {
          const { key, points } = one;
          const point = points.find(({ from }) => from === bucket.from);
          return [
            <dt key="name">
              <span className={styles.swatch} style={{ background: styleOf(one, index).colour }} />
              {key === '' && drawn.length === 1 ? 'all' : fitText(groupName(key), 180)}
            </dt>,
            <dd key="value">
              {inUnit(point?.value ?? null, unit)} <span className="dim">n {point?.n ?? 0}</span>
            </dd>,
          ];
        })}
      </dl>
    </div>
  );
}
