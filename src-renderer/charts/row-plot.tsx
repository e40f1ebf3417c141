import type { ReactNode } from 'react';
import styles from './chart.module.css';
import { PlotMark } from './plot-mark.tsx';
import type { Scale } from './scale.ts';
import { fitText } from './series.ts';
import { type ChartUnit, onAxis } from './units.ts';

export interface PlotRow {
  readonly id: string;
  readonly label: string;
  /** The figure at the row's end. */
  readonly figure: string;
  /** The row in words. */
  readonly words: string;
  readonly onOpen?: (() => void) | undefined;
}

export const ROW_AXIS = 34;
/** Room for names at the left and figures at the right of a plot `width` wide. */
export function rowMargins(
  rows: readonly { readonly label: string; readonly figure: string }[],
  width: number,
): { readonly left: number; readonly right: number } {
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const left = Math.min(width * 0.3, 24 + longest(rows.map(({ label }) => label)) * 7.2);
  return {
    left: Math.max(64, Math.round(left)),
    right: Math.round(16 + Math.min(width * 0.34, longest(rows.map(({ figure }) => figure)) * 7.3)),
  };
}

/** Rows over one horizontal axis: a name at the left, marks on the scale, a figure at the right. */
export function RowPlot(props: {
  readonly rows: readonly PlotRow[];
  readonly scale: Scale;
  readonly unit: ChartUnit;
  readonly axis: string;
  readonly width: number;
  readonly rowHeight: number;
  readonly margins: { readonly left: number; readonly right: number };
  /** Names stand over their marks, where they are long. */
  readonly namesAbove?: boolean | undefined;
  /** A value that a line marks. */
  readonly reference?: number | undefined;
  readonly marks: (index: number, middle: number) => ReactNode;
}): ReactNode {
  const { rows, scale, width, rowHeight, margins } = props;
  const bottom = rows.length * rowHeight;
  const right = width - margins.right;
  const apart = ticksApart(scale, props.unit);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: its marks have names of their own
    <svg data-plot="rows" className={styles.plot} width={width} height={bottom + ROW_AXIS}>
      <g>
        {scale.ticks.map((tick, at) => (
          <g key={tick}>
            <line className={styles.grid} x1={scale.at(tick)} x2={scale.at(tick)} y1={0} y2={bottom} />
            {at % apart === 0 && (
              <text className={styles.tick} x={scale.at(tick)} y={bottom + 14} textAnchor="middle">
                {onAxis(tick, props.unit)}
              </text>
            )}
          </g>
        ))}
        <line className={styles.axis} x1={margins.left} x2={right} y1={bottom + 0.5} y2={bottom + 0.5} />
        <text className={styles.tick} x={(margins.left + right) / 2} y={bottom + 29} textAnchor="middle">
          {props.axis}
          {scale.log ? ', logarithmic' : ''}
        </text>
      </g>
      {rows.map((row, at) => {
        const middle = at * rowHeight + rowHeight * (props.namesAbove === true ? 0.7 : 0.5);
        return (
          <PlotMark key={row.id} words={row.words} onOpen={row.onOpen} row={row.label}>
            <rect className={styles.rowArea} x={0} y={at * rowHeight} width={width} height={rowHeight} />
            {props.namesAbove === true ? (
              <text x={0} y={at * rowHeight + 14}>
                {fitText(row.label, width)}
              </text>
            ) : (
              <text x={0} y={middle + 4}>
                {fitText(row.label, margins.left - 10)}
              </text>
            )}
            {props.marks(at, middle)}
            <text className={styles.figure} x={width} y={middle + 4} textAnchor="end">
              {row.figure}
            </text>
          </PlotMark>
        );
      })}
      {props.reference !== undefined && (
        <path className={styles.reference} d={`M${scale.at(props.reference)} 0V${bottom}`} />
      )}
    </svg>
  );
}

/** Every how many ticks one gets its label, so that none stands on another. */
function ticksApart({ ticks, at }: Scale, unit: ChartUnit): number {
  for (let every = 1; every < ticks.length; every++) {
    const shown = ticks.filter((_, i) => i % every === 0);
    const fits = shown.every((tick, i) => {
      const next = shown[i + 1];
      if (next === undefined) return true;
      return at(next) - at(tick) > (onAxis(tick, unit).length + onAxis(next, unit).length) * 3.2 + 8;
    });
    if (fits) return every;
  }
  return Math.max(1, ticks.length);
}
