import type { ReactNode } from 'react';
import type { MeasureInfo } from '#shared/model/compare.ts';
import styles from './chart.module.css';
import type { CostPlot, CostPoint } from './cost-data.ts';
import { PlotMark } from './plot-mark.tsx';
import { domainOf, type Scale, scaleOf, spread } from './scale.ts';
import { fitText, groupName, markPath, styleAt } from './series.ts';
import { inUnit, onAxis, unitWord } from './units.ts';

const HEIGHT = 340;
const MARGIN = { left: 76, right: 24, top: 26, bottom: 44 } as const;
const LABEL_GAP = 15;

/** Groups by speed and cost; the line joins those that no other beats in both. */
export function CostChart(props: {
  readonly plot: CostPlot;
  readonly measure: MeasureInfo;
  readonly log: boolean;
  readonly width: number;
  readonly onGroup: (key: string) => void;
}): ReactNode {
  const { plot, measure, log, width } = props;
  const { points, front } = plot;
  if (points.length === 0)
    return <p className="dim">No group has a success and a known cost of all its jobs, failed ones too.</p>;
  const x = scaleOf(
    domainOf(
      points.flatMap(({ group }) => [group.median, group.median_low, group.median_high]),
      log,
    ),
    [MARGIN.left, width - MARGIN.right],
    { log, unit: measure.unit, count: Math.max(3, Math.min(8, width / 120)) },
  );
  const y = scaleOf(
    domainOf(
      points.map((point) => point.y),
      log,
    ),
    [HEIGHT - MARGIN.bottom, MARGIN.top],
    {
      log,
      unit: 'usd',
      count: 5,
    },
  );
  const placeOf = (value: number, scale: Scale): number =>
    scale.at(log && value <= 0 ? scale.domain[0] : value);
  const labels = spread(
    points.map((point) => placeOf(point.y, y) - 12),
    LABEL_GAP,
    [MARGIN.top - 14, HEIGHT - MARGIN.bottom - 4],
  );
  const axis = `median ${measure.title}${unitWord(measure.unit) === 'time' ? '' : `, ${unitWord(measure.unit)}`}${log ? ', logarithmic' : ''} (${measure.better === 'lower' ? '← better' : 'better →'})`;
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: its marks have names of their own
    <svg data-plot="cost" className={styles.plot} width={width} height={HEIGHT}>
      <g>
        {y.ticks.map((tick) => (
          <g key={tick}>
            <line
              className={styles.grid}
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y.at(tick)}
              y2={y.at(tick)}
            />
            <text className={styles.tick} x={MARGIN.left - 8} y={y.at(tick) + 4} textAnchor="end">
              {inUnit(tick, 'usd')}
            </text>
          </g>
        ))}
        {x.ticks.map((tick) => (
          <g key={tick}>
            <line
              className={styles.grid}
              x1={x.at(tick)}
              x2={x.at(tick)}
              y1={MARGIN.top}
              y2={HEIGHT - MARGIN.bottom}
            />
            <text className={styles.tick} x={x.at(tick)} y={HEIGHT - MARGIN.bottom + 15} textAnchor="middle">
              {onAxis(tick, measure.unit)}
            </text>
          </g>
        ))}
        <text
          className={styles.tick}
          x={(MARGIN.left + width - MARGIN.right) / 2}
          y={HEIGHT - 10}
          textAnchor="middle"
        >
          {axis}
        </text>
        <text
          className={styles.tick}
          transform={`translate(12 ${(HEIGHT - MARGIN.bottom) / 2}) rotate(-90)`}
          textAnchor="middle"
        >
          US dollars per success{log ? ', logarithmic' : ''}
        </text>
        {front.length > 1 && (
          <path
            d={front
              .map((point, at) => `${at === 0 ? 'M' : 'L'}${placeOf(point.x, x)} ${placeOf(point.y, y)}`)
              .join('')}
            className={styles.reference}
            fill="none"
          />
        )}
      </g>
      {points.map((point, at) => (
        <Mark
          key={point.group.key}
          point={point}
          x={placeOf(point.x, x)}
          y={placeOf(point.y, y)}
          low={placeOf(point.group.median_low ?? point.x, x)}
          high={placeOf(point.group.median_high ?? point.x, x)}
          label={labels[at] ?? 0}
          room={width}
          measure={measure}
          onOpen={() => props.onGroup(point.group.key)}
        />
      ))}
    </svg>
  );
}

function Mark(props: {
  readonly point: CostPoint;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly label: number;
  readonly room: number;
  readonly measure: MeasureInfo;
  readonly onOpen: () => void;
}): ReactNode {
  const { point, x, y, low, high, label, measure, onOpen } = props;
  const { colour, shape } = styleAt(point.index);
  const atRight = x < props.room * 0.7;
  const words = `${groupName(point.group.key)}: median ${inUnit(point.x, measure.unit)}, ${inUnit(point.y, 'usd')} per success, n ${point.group.n}${point.onFront ? ', not beaten in both' : ''}.`;
  return (
    <PlotMark words={words} onOpen={onOpen}>
      <circle className={styles.rowArea} cx={x} cy={y} r={14} />
      <path d={`M${low} ${y}H${high}`} stroke={colour} strokeWidth={1.5} />
      <path
        d={markPath(shape, x, y, 6)}
        fill={point.onFront ? colour : 'var(--bg-page)'}
        stroke={colour}
        strokeWidth={2}
      />
      <text x={atRight ? x + 11 : x - 11} y={label + 4} textAnchor={atRight ? 'start' : 'end'}>
        {fitText(groupName(point.group.key), 180)}
      </text>
    </PlotMark>
  );
}
