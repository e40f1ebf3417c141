import { type ReactNode, useMemo } from 'react';
import styles from './chart.module.css';
import { Tip } from './estimates-chart.tsx';
import { type EstimatePlot, FACTOR, runningMedian } from './estimates-data.ts';
import { domainOf, scaleOf } from './scale.ts';
import { SCATTER_MARGIN, ScatterPlot } from './scatter-plot.tsx';
import { timeLabel, timeTicks } from './time-data.ts';
import { onAxis } from './units.ts';

const HEIGHT = 320;
const { left, right, top, bottom } = SCATTER_MARGIN;

/** actual / projected of every job by when it ended, and the running median of them. */
export function ErrorChart(props: {
  readonly plot: EstimatePlot;
  readonly width: number;
  readonly chosen: string | null;
  readonly onJob: (jobId: string) => void;
}): ReactNode {
  const { plot, width } = props;
  const { judged } = plot;
  const medians = useMemo(() => runningMedian(judged), [judged]);
  const { x, y, points, span } = useMemo(() => {
    const [first, last] = [judged[0]?.at ?? 0, judged.at(-1)?.at ?? 1];
    const [from, to] = first === last ? [first - 3600, last + 3600] : [first, last];
    const ticks = timeTicks(from, to, Math.max(2, Math.min(7, width / 150)));
    const low = Math.min(1 / FACTOR ** 2, ...judged.map(({ ratio }) => ratio));
    const high = Math.max(FACTOR ** 2, ...judged.map(({ ratio }) => ratio));
    return {
      span: to - from,
      x: {
        domain: [from, to] as const,
        log: false,
        ticks,
        at: (value: number) => left + ((value - from) / (to - from)) * (width - right - left),
      },
      y: scaleOf(domainOf([low, high], true), [HEIGHT - bottom, top], { log: true, unit: 'ratio', count: 5 }),
      points: judged.map(({ outcome, at, ratio, group }) => ({
        id: outcome.job_id,
        x: at,
        y: ratio,
        group,
      })),
    };
  }, [judged, width]);
  return (
    <ScatterPlot
      points={points}
      groups={plot.groups}
      x={{ scale: x, title: 'when the job ended, local time', tick: (at) => timeLabel(at, span) }}
      y={{ scale: y, title: 'actual / projected, logarithmic', tick: (value) => onAxis(value, 'ratio') }}
      width={width}
      height={HEIGHT}
      chosen={props.chosen}
      below={
        <>
          <rect
            x={left}
            width={Math.max(0, width - right - left)}
            y={y.at(FACTOR)}
            height={y.at(1 / FACTOR) - y.at(FACTOR)}
            fill="var(--text-faint)"
            fillOpacity={0.14}
          />
          <path className={styles.axis} d={`M${left} ${y.at(1)}H${width - right}`} />
        </>
      }
      above={
        medians.length > 1 && (
          <path
            d={medians.map(({ at, ratio }, i) => `${i === 0 ? 'M' : 'L'}${x.at(at)} ${y.at(ratio)}`).join('')}
            stroke="var(--text)"
            strokeWidth={2}
            fill="none"
          />
        )
      }
      tip={(id) => <Tip one={judged.find(({ outcome }) => outcome.job_id === id)} />}
      onPoint={props.onJob}
    />
  );
}
