import type { ReactNode } from 'react';
import type { CalibrationGroup } from '#shared/model/costs.ts';
import { binWords } from './calibration-data.ts';
import styles from './chart.module.css';
import { PlotMark } from './plot-mark.tsx';
import { scaleOf } from './scale.ts';
import { onAxis } from './units.ts';

const MARGIN = { left: 62, right: 20, top: 10, bottom: 42 } as const;
const SIDE = 300;

/** How often estimates of a confidence came true; in its band a bin is as claimed. */
export function ReliabilityChart(props: {
  readonly bins: CalibrationGroup['reliability'];
  readonly width: number;
}): ReactNode {
  const { bins } = props;
  const width = Math.min(props.width, SIDE * 1.6);
  const { left, right, top, bottom } = MARGIN;
  const x = scaleOf([0, 1], [left, width - right], { unit: 'share', count: 5 });
  const y = scaleOf([0, 1], [SIDE - bottom, top], { unit: 'share', count: 5 });
  if (bins.length === 0) return <p className="dim">No estimate has come to its end yet.</p>;
  const most = Math.max(...bins.map(({ n }) => n));
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: its marks have names of their own
    <svg data-plot="reliability" className={styles.plot} width={width} height={SIDE}>
      {x.ticks.map((tick) => (
        <g key={tick}>
          <path className={styles.grid} d={`M${x.at(tick)} ${top}V${SIDE - bottom}`} />
          <path className={styles.grid} d={`M${left} ${y.at(tick)}H${width - right}`} />
          <text className={styles.tick} x={x.at(tick)} y={SIDE - bottom + 15} textAnchor="middle">
            {onAxis(tick, 'share')}
          </text>
          <text className={styles.tick} x={left - 8} y={y.at(tick) + 4} textAnchor="end">
            {onAxis(tick, 'share')}
          </text>
        </g>
      ))}
      <path className={styles.reference} d={`M${x.at(0)} ${y.at(0)}L${x.at(1)} ${y.at(1)}`} fill="none" />
      <text className={styles.tick} x={(left + width - right) / 2} y={SIDE - 9} textAnchor="middle">
        confidence_score claimed
      </text>
      <text
        className={styles.tick}
        transform={`translate(12 ${(top + SIDE - bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
      >
        came true
      </text>
      {bins.map((bin) => {
        const [at, low, high] = [x.at(bin.claimed), y.at(bin.band_low), y.at(bin.band_high)];
        const r = 3 + 5 * Math.sqrt(bin.n / most);
        return (
          <PlotMark key={bin.claimed} words={binWords(bin)}>
            <rect className={styles.rowArea} x={at - 14} y={top} width={28} height={SIDE - bottom - top} />
            <rect
              x={at - 7}
              y={high}
              width={14}
              height={Math.max(1, low - high)}
              fill="var(--series-1)"
              fillOpacity={0.3}
            />
            <circle
              cx={at}
              cy={y.at(bin.happened)}
              r={r}
              fill="var(--series-1)"
              stroke="var(--bg-page)"
              strokeWidth={1}
            />
            <text x={at} y={y.at(bin.happened) - r - 4} textAnchor="middle">
              {bin.n}
            </text>
          </PlotMark>
        );
      })}
    </svg>
  );
}
