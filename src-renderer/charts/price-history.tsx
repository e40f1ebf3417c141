import { type ReactNode, useState } from 'react';
import { formatDateTime, formatUsd } from '#shared/lib/format.ts';
import type { GpuPrice } from '#shared/model/offers.ts';
import styles from './chart.module.css';
import { PlotMark } from './plot-mark.tsx';
import { domainOf, scaleOf } from './scale.ts';
import { onAxis } from './units.ts';

const HEIGHT = 120;
const LEFT = 48;
const RIGHT = 4;
const TOP = 6;
const BOTTOM = 20;
/** More searches than these are thinned evenly: a small chart has no room for them. */
const MOST = 150;

/** What a GPU of one type cost per hour at each search: the lowest, the middle half, the median. */
export function PriceHistory(props: {
  readonly prices: readonly GpuPrice[];
  readonly width: number;
}): ReactNode {
  const { width } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const every = Math.ceil(props.prices.length / MOST);
  const prices = props.prices.filter((_, i) => i % every === 0 || i === props.prices.length - 1);
  const [first, last] = [prices[0], prices.at(-1)];
  if (first === undefined || last === undefined) return null;
  const span = Math.max(60, last.at - first.at);
  const at = (time: number): number => LEFT + ((time - first.at) / span) * (width - RIGHT - LEFT);
  const y = scaleOf(
    domainOf(
      prices.flatMap(({ low, p75 }) => [low, p75]),
      false,
    ),
    [HEIGHT - BOTTOM, TOP],
    {
      unit: 'usd',
      count: 3,
    },
  );
  const line = (of: (price: GpuPrice) => number): string =>
    prices.map((price, i) => `${i === 0 ? 'M' : 'L'}${at(price.at)} ${y.at(of(price))}`).join('');
  const band = `${line(({ p75 }) => p75)}${prices
    .toReversed()
    .map(({ at: time, p25 }) => `L${at(time)} ${y.at(p25)}`)
    .join('')}z`;
  const one = hovered === null ? undefined : prices[hovered];
  const words = `${first.gpu_name}: median ${formatUsd(first.median)} at first, ${formatUsd(last.median)} now, lowest now ${formatUsd(last.low)}; n ${prices.length} searches`;
  return (
    <div
      className={styles.picture}
      onPointerLeave={() => setHovered(null)}
      onPointerMove={(event) => {
        const px = event.clientX - event.currentTarget.getBoundingClientRect().left;
        const gaps = prices.map((price) => Math.abs(at(price.at) - px));
        setHovered(gaps.indexOf(Math.min(...gaps)));
      }}
    >
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: its mark has words of its own */}
      <svg data-plot="prices" className={styles.plot} width={width} height={HEIGHT}>
        {y.ticks.map((tick) => (
          <g key={tick}>
            <path className={styles.grid} d={`M${LEFT} ${y.at(tick)}H${width - RIGHT}`} />
            <text className={styles.tick} x={LEFT - 5} y={y.at(tick) + 4} textAnchor="end">
              {onAxis(tick, 'usd')}
            </text>
          </g>
        ))}
        <PlotMark words={words}>
          {prices.length === 1 ? (
            <circle cx={at(first.at)} cy={y.at(first.median)} r={3.5} fill="var(--series-1)" />
          ) : (
            <>
              <path d={band} fill="var(--series-1)" fillOpacity={0.2} />
              <path
                d={line(({ median }) => median)}
                stroke="var(--series-1)"
                strokeWidth={1.75}
                fill="none"
              />
              <path
                d={line(({ low }) => low)}
                stroke="var(--series-2)"
                strokeWidth={1.25}
                strokeDasharray="3 2"
                fill="none"
              />
            </>
          )}
        </PlotMark>
        {one !== undefined && <path className={styles.axis} d={`M${at(one.at)} ${TOP}V${HEIGHT - BOTTOM}`} />}
        <text className={styles.tick} x={LEFT} y={HEIGHT - 5}>
          {formatDateTime(first.at).slice(5, 16)}
        </text>
        {prices.length > 1 && (
          <text className={styles.tick} x={width - RIGHT} y={HEIGHT - 5} textAnchor="end">
            {formatDateTime(last.at).slice(5, 16)}
          </text>
        )}
      </svg>
      {one !== undefined && (
        <div
          className={styles.tip}
          style={{ left: Math.max(0, Math.min(at(one.at) + 8, width - 170)), top: 4 }}
        >
          {formatDateTime(one.at).slice(5, 16)}
          <dl>
            <dt>median</dt>
            <dd>{formatUsd(one.median)}</dd>
            <dt>middle half</dt>
            <dd>
              {formatUsd(one.p25)} to {formatUsd(one.p75)}
            </dd>
            <dt>lowest</dt>
            <dd>{formatUsd(one.low)}</dd>
            <dt>n</dt>
            <dd>{one.n}</dd>
          </dl>
        </div>
      )}
    </div>
  );
}
