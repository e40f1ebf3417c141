import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { onSchemeChange } from '#renderer/styles/scheme.ts';
import styles from './chart.module.css';
import { paintMarks } from './paint-marks.ts';
import { type Scale, spread } from './scale.ts';
import { fitText, groupName, markPath, styleAt } from './series.ts';

export interface ScatterPoint {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Gives it its colour. */
  readonly group: number;
}
export interface ScatterGroup {
  readonly key: string;
  readonly style: number;
  readonly n: number;
}
interface Axis {
  readonly scale: Scale;
  readonly title: string;
  readonly tick: (value: number) => string;
}

export const SCATTER_MARGIN = { left: 76, right: 148, top: 12, bottom: 44 } as const;
const REACH = 9;
const LABEL_GAP = 16;

/** Thousands of points over two axes, coloured by group with its name beside them; a point leads somewhere. */
export function ScatterPlot(props: {
  readonly points: readonly ScatterPoint[];
  readonly groups: readonly ScatterGroup[];
  readonly x: Axis;
  readonly y: Axis;
  readonly width: number;
  readonly height: number;
  readonly chosen: string | null;
  /** Lines and bands that the points are read against. */
  readonly below: ReactNode;
  /** What stands over the points. */
  readonly above?: ReactNode;
  readonly tip: (id: string) => ReactNode;
  readonly onPoint: (id: string) => void;
}): ReactNode {
  const { points, groups, x, y, width, height, chosen, onPoint } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<ScatterPoint | null>(null);
  const { left, right, top, bottom } = SCATTER_MARGIN;
  const placed = useMemo(
    () => points.map((point) => ({ ...point, x: x.scale.at(point.x), y: y.scale.at(point.y) })),
    [points, x.scale, y.scale],
  );
  useEffect(() => {
    const paint = (): void => paintMarks(canvas.current, placed, width, height);
    paint();
    return onSchemeChange(paint);
  }, [placed, width, height]);
  const labels = spread(
    groups.map(({ style }) =>
      meanOf(placed.filter((point) => point.group === style).map((point) => point.y)),
    ),
    LABEL_GAP,
    [top + 6, height - bottom - 6],
  );
  const near = (event: React.MouseEvent<HTMLElement>): ScatterPoint | null => {
    const box = event.currentTarget.getBoundingClientRect();
    return nearest(placed, event.clientX - box.left, event.clientY - box.top);
  };
  const marked = placed.find(({ id }) => id === chosen);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table behind has a link for every point
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table behind has a link for every point
    <div
      className={styles.picture}
      style={hovered === null ? undefined : { cursor: 'pointer' }}
      onPointerMove={(event) => setHovered(near(event))}
      onPointerLeave={() => setHovered(null)}
      onClick={(event) => {
        const point = near(event);
        if (point !== null) onPoint(point.id);
      }}
    >
      <svg data-plot="scatter" className={styles.plot} width={width} height={height} aria-hidden="true">
        {y.scale.ticks.map((tick) => (
          <g key={tick}>
            <path className={styles.grid} d={`M${left} ${y.scale.at(tick)}H${width - right}`} />
            <text className={styles.tick} x={left - 8} y={y.scale.at(tick) + 4} textAnchor="end">
              {y.tick(tick)}
            </text>
          </g>
        ))}
        {x.scale.ticks.map((tick) => (
          <g key={tick}>
            <path className={styles.grid} d={`M${x.scale.at(tick)} ${top}V${height - bottom}`} />
            <text className={styles.tick} x={x.scale.at(tick)} y={height - bottom + 15} textAnchor="middle">
              {x.tick(tick)}
            </text>
          </g>
        ))}
        <text className={styles.tick} x={(left + width - right) / 2} y={height - 10} textAnchor="middle">
          {x.title}
        </text>
        <text
          className={styles.tick}
          transform={`translate(12 ${(top + height - bottom) / 2}) rotate(-90)`}
          textAnchor="middle"
        >
          {y.title}
        </text>
        {props.below}
      </svg>
      <canvas ref={canvas} className={styles.canvas} style={{ width, height, pointerEvents: 'none' }} />
      <svg
        data-plot="marks"
        className={`${styles.plot} ${styles.canvas}`}
        width={width}
        height={height}
        pointerEvents="none"
        aria-hidden="true"
      >
        {props.above}
        {marked !== undefined && (
          <circle cx={marked.x} cy={marked.y} r={7} fill="none" stroke="var(--text)" strokeWidth={2} />
        )}
        {groups.map(({ key, style, n }, at) => (
          <g key={key}>
            <path
              d={markPath(styleAt(style).shape, width - right + 14, labels[at] ?? 0, 4.5)}
              fill={styleAt(style).colour}
            />
            <text x={width - right + 24} y={(labels[at] ?? 0) + 4}>
              {fitText(`${groupName(key)} ${n.toLocaleString('en-US')}`, right - 26)}
            </text>
          </g>
        ))}
      </svg>
      {hovered !== null && (
        <div
          className={styles.tip}
          style={{
            left: Math.max(0, Math.min(hovered.x + 12, width - 230)),
            top: Math.max(0, Math.min(hovered.y + 12, height - 110)),
          }}
        >
          {props.tip(hovered.id)}
        </div>
      )}
    </div>
  );
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function nearest(points: readonly ScatterPoint[], x: number, y: number): ScatterPoint | null {
  let best: ScatterPoint | null = null;
  let least = REACH * REACH;
  for (const point of points) {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance > least) continue;
    least = distance;
    best = point;
  }
  return best;
}
