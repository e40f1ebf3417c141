import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { onSchemeChange } from '#renderer/styles/scheme.ts';
import type { ComparedJob, GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import styles from './chart.module.css';
import { paintMarks } from './paint-marks.ts';
import { type PlacedPoint, placePoints, pointNear } from './points-data.ts';
import { ROW_AXIS, RowPlot, rowMargins } from './row-plot.tsx';
import { domainOf, scaleOf } from './scale.ts';
import { groupName } from './series.ts';
import { intervalText, inUnit, unitWord } from './units.ts';

const ROW = 44;
const BOX = 16;
const REACH = 7;

/** A box per group and its jobs as points; a point leads to its job. */
export function PointsChart(props: {
  readonly groups: readonly GroupFigures[];
  readonly measure: MeasureInfo;
  readonly log: boolean;
  readonly width: number;
  readonly onJob: (job: ComparedJob) => void;
  readonly onGroup: (key: string) => void;
}): ReactNode {
  const { groups, measure, log, width, onJob } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<PlacedPoint | null>(null);
  const rows = groups.map((group) => ({
    id: group.key,
    label: groupName(group.key),
    figure: inUnit(group.median, measure.unit),
    words: wordsOf(group, measure),
    onOpen: () => props.onGroup(group.key),
  }));
  const margins = rowMargins(rows, width);
  const scale = useMemo(
    () =>
      scaleOf(
        domainOf(
          groups.flatMap(({ points, box }) => [...points.map(({ value }) => value), box?.q3 ?? null]),
          log,
        ),
        [margins.left, width - margins.right],
        { log, unit: measure.unit, count: Math.max(3, Math.min(8, width / 110)) },
      ),
    [groups, log, margins.left, margins.right, width, measure.unit],
  );
  const points = useMemo(() => placePoints(groups, scale.at, { rowHeight: ROW, log }), [groups, scale, log]);
  const height = groups.length * ROW;

  useEffect(() => {
    const paint = (): void => paintMarks(canvas.current, points, width, height);
    paint();
    return onSchemeChange(paint);
  }, [points, width, height]);

  return (
    <div
      className={styles.picture}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        setHovered(pointNear(points, event.clientX - box.left, event.clientY - box.top, REACH));
      }}
      onPointerLeave={() => setHovered(null)}
      onClickCapture={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const point = pointNear(points, event.clientX - box.left, event.clientY - box.top, REACH);
        if (point === null) return;
        event.stopPropagation();
        onJob(point.job);
      }}
      style={hovered === null ? undefined : { cursor: 'pointer' }}
    >
      <canvas ref={canvas} className={styles.canvas} style={{ width, height, pointerEvents: 'none' }} />
      <RowPlot
        rows={rows}
        scale={scale}
        unit={measure.unit}
        axis={`${measure.title}, ${unitWord(measure.unit)} per job`}
        width={width}
        rowHeight={ROW}
        margins={margins}
        marks={(at, middle) => {
          const group = groups[at];
          return group === undefined ? null : <Box group={group} at={scale.at} middle={middle} log={log} />;
        }}
      />
      {hovered !== null && (
        <div
          className={styles.tip}
          style={{
            left: Math.min(hovered.x + 10, width - 190),
            top: Math.min(hovered.y + 10, height + ROW_AXIS - 44),
          }}
        >
          {inUnit(hovered.job.value, measure.unit)} · {groupName(groups[hovered.group]?.key ?? '')}
          <br />
          <span className="dim">{hovered.job.job_id.slice(0, 24)}</span>
        </div>
      )}
    </div>
  );
}

function Box(props: {
  readonly group: GroupFigures;
  readonly at: (value: number) => number;
  readonly middle: number;
  readonly log: boolean;
}): ReactNode {
  const { group, at, middle, log } = props;
  const { box, median } = group;
  const placed = (value: number): boolean => !log || value > 0;
  return (
    <g stroke="var(--text)" fill="none" strokeWidth={1.25} pointerEvents="none">
      {box !== null && placed(box.low) && (
        <>
          <path
            d={`M${at(box.low)} ${middle}H${at(box.q1)}M${at(box.q3)} ${middle}H${at(box.high)}M${at(box.low)} ${middle - 5}v10M${at(box.high)} ${middle - 5}v10`}
          />
          <rect
            x={at(box.q1)}
            y={middle - BOX / 2}
            width={Math.max(1, at(box.q3) - at(box.q1))}
            height={BOX}
          />
        </>
      )}
      {median !== null && placed(median) && (
        <line
          x1={at(median)}
          x2={at(median)}
          y1={middle - BOX / 2 - 3}
          y2={middle + BOX / 2 + 3}
          strokeWidth={2.5}
        />
      )}
    </g>
  );
}

function wordsOf({ key, n, median, median_low, median_high }: GroupFigures, measure: MeasureInfo): string {
  const interval =
    median_low === null
      ? 'too few runs for an interval'
      : `interval ${intervalText(median_low, median_high, measure.unit)}`;
  return `${groupName(key)}: median ${inUnit(median, measure.unit)}, ${interval}, n ${n}. Shows the jobs.`;
}
