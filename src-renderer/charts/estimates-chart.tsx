import { type ReactNode, useMemo } from 'react';
import { formatPercent, formatUsd } from '#shared/lib/format.ts';
import { type EstimatePlot, FACTOR, type Judged } from './estimates-data.ts';
import { domainOf, scaleOf } from './scale.ts';
import { SCATTER_MARGIN, ScatterPlot } from './scatter-plot.tsx';
import { groupName } from './series.ts';
import { inUnit, onAxis } from './units.ts';

const HEIGHT = 320;
const { left, right, top, bottom } = SCATTER_MARGIN;

/** What jobs cost against what was projected, both logarithmic; on the line an estimate was exact. */
export function EstimatesChart(props: {
  readonly plot: EstimatePlot;
  readonly width: number;
  readonly chosen: string | null;
  readonly onJob: (jobId: string) => void;
}): ReactNode {
  const { plot, width, chosen } = props;
  const { judged, groups } = plot;
  const { x, y, points } = useMemo(() => {
    const domain = domainOf(
      judged.flatMap(({ projected, actual }) => [projected, actual]),
      true,
    );
    const axis = (range: readonly [number, number], count: number) =>
      scaleOf(domain, range, { log: true, unit: 'usd', count });
    return {
      x: axis([left, width - right], Math.max(3, Math.min(8, width / 130))),
      y: axis([HEIGHT - bottom, top], 6),
      points: judged.map(({ outcome, projected, actual, group }) => ({
        id: outcome.job_id,
        x: projected,
        y: actual,
        group,
      })),
    };
  }, [judged, width]);
  const [low, high] = x.domain;
  const clipped = (value: number): number => Math.min(high, Math.max(low, value));
  // The band's corners where it leaves the plot: along the axes, not beyond them.
  const band = [
    [low, low],
    [low, clipped(low * FACTOR)],
    [high / FACTOR, high],
    [high, high],
    [high, clipped(high / FACTOR)],
    [low * FACTOR, low],
  ] as const;
  const one = judged.find(({ outcome }) => outcome.job_id === chosen);
  return (
    <ScatterPlot
      points={points}
      groups={groups}
      x={{
        scale: x,
        title: 'projected cost, US dollars, logarithmic',
        tick: (value) => onAxis(value, 'usd'),
      }}
      y={{ scale: y, title: 'actual cost, US dollars, logarithmic', tick: (value) => onAxis(value, 'usd') }}
      width={width}
      height={HEIGHT}
      chosen={chosen}
      below={
        <>
          <path
            d={`M${band.map(([a, b]) => `${x.at(a)} ${y.at(b)}`).join('L')}z`}
            fill="var(--text-faint)"
            fillOpacity={0.14}
          />
          <path
            stroke="var(--text-dim)"
            d={`M${x.at(low)} ${y.at(low)}L${x.at(high)} ${y.at(high)}`}
            fill="none"
          />
        </>
      }
      above={one !== undefined && <Interval one={one} x={x.at} y={y.at} clip={clipped} />}
      tip={(id) => <Tip one={judged.find(({ outcome }) => outcome.job_id === id)} />}
      onPoint={props.onJob}
    />
  );
}

/** What the chosen estimate said the cost would be between. */
function Interval(props: {
  readonly one: Judged;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly clip: (value: number) => number;
}): ReactNode {
  const { one, x, y, clip } = props;
  const { low_usd, high_usd } = one.outcome;
  if (low_usd === null || high_usd === null) return null;
  const [a, b, middle] = [y(clip(low_usd)), y(clip(high_usd)), x(one.projected)];
  return (
    <path
      d={`M${middle} ${a}V${b}M${middle - 5} ${a}h10M${middle - 5} ${b}h10`}
      stroke="var(--text)"
      strokeWidth={1.5}
      fill="none"
    />
  );
}

export function Tip(props: { readonly one: Judged | undefined }): ReactNode {
  if (props.one === undefined) return null;
  const { outcome, projected, actual, ratio } = props.one;
  return (
    <>
      {groupName(outcome.backend_type ?? '')}
      {outcome.model !== null && <span className="dim"> · {outcome.model.slice(0, 60)}</span>}
      <dl>
        <dt>projected</dt>
        <dd>{formatUsd(projected)}</dd>
        <dt>actual</dt>
        <dd>
          {formatUsd(actual)} <span className="dim">{inUnit(ratio, 'ratio')}</span>
        </dd>
        <dt>confidence</dt>
        <dd>{formatPercent(outcome.confidence_score)}</dd>
      </dl>
      <span className="dim">{outcome.job_id.slice(0, 24)}</span>
    </>
  );
}
