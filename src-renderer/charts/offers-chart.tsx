import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { onSchemeChange } from '#renderer/styles/scheme.ts';
import { type FrontAxes, frontLine } from '#shared/model/offer-front.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import styles from './chart.module.css';
import {
  axisSpread,
  axisTitle,
  axisUnit,
  machineName,
  OFFERS_MARGIN,
  type OfferPlot,
  type OfferPoint,
  offerNear,
  pinName,
  tipRows,
  valueAt,
} from './offers-data.ts';
import { OffersLegend } from './offers-legend.tsx';
import { paintOffers } from './offers-paint.ts';
import { type Scale, spread } from './scale.ts';
import { onAxis } from './units.ts';

export interface BrushedBox {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}
const DRAG_PX = 4;
const TIP = { width: 352, height: 206 };
const { left, right, top, bottom } = OFFERS_MARGIN;

/** Offers over two axes with their front; a drag brushes, a click selects. The table beside it is its keyboard's way. */
export function OffersChart(props: {
  readonly plot: OfferPlot;
  readonly shown: readonly PricedOffer[];
  readonly axes: FrontAxes;
  readonly width: number;
  readonly height: number;
  readonly selected: number | null;
  readonly hovered: number | null;
  /** In their order: A, B, C, D. */
  readonly pins: readonly number[];
  readonly brush: BrushedBox | null;
  /** Why an offer is not on the front; null where it is. */
  readonly whyNot: (offer: PricedOffer) => string | null;
  readonly onHover: (id: number | null) => void;
  readonly onSelect: (id: number) => void;
  readonly onBrush: (brush: BrushedBox | null) => void;
}): ReactNode {
  const { plot, width, height, axes, hovered } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ readonly x: number; readonly y: number; moved: boolean } | null>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const paint = (): void => paintOffers(canvas.current, plot.points, width, height);
    paint();
    return onSchemeChange(paint);
  }, [plot.points, width, height]);
  const line = useMemo(() => linePath(props.shown, axes, plot), [props.shown, axes, plot]);

  const at = (event: PointerEvent<HTMLElement>): { readonly x: number; readonly y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    const { x, y } = at(event);
    const start = drag.current;
    if (start === null) {
      props.onHover(offerNear(plot.points, x, y)?.offer.id ?? null);
      return;
    }
    if (!start.moved && Math.hypot(x - start.x, y - start.y) < DRAG_PX) return;
    start.moved = true;
    props.onHover(null);
    const ends = (scale: Scale, a: number, b: number): readonly [number, number] => {
      const [p, q] = [valueAt(scale, a), valueAt(scale, b)];
      return [Math.min(p, q), Math.max(p, q)];
    };
    props.onBrush({ x: ends(plot.x, start.x, x), y: ends(plot.y, start.y, y) });
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>): void => {
    const start = drag.current;
    drag.current = null;
    if (start === null || start.moved) return;
    const { x, y } = at(event);
    const point = offerNear(plot.points, x, y);
    if (point !== null) props.onSelect(point.offer.id);
  };
  const hover = hovered === null ? undefined : plot.byId.get(hovered);
  const chosen = props.selected === null ? undefined : plot.byId.get(props.selected);
  return (
    <div
      className={styles.picture}
      data-testid="offers-plot"
      style={{
        cursor: hover === undefined || !over ? 'crosshair' : 'pointer',
        touchAction: 'none',
        userSelect: 'none',
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // A drag brushes; it selects no text.
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { ...at(event), moved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerEnter={() => setOver(true)}
      onPointerLeave={() => {
        setOver(false);
        props.onHover(null);
      }}
    >
      <svg data-plot="offers" className={styles.plot} width={width} height={height} aria-hidden="true">
        <OffersLegend width={width} />
        <Axes plot={plot} axes={axes} width={width} height={height} />
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
        <path data-front="" d={line} fill="none" stroke="var(--series-1)" strokeWidth={1.5} />
        {props.brush !== null && <BrushBox brush={props.brush} plot={plot} />}
        {[chosen, hover].map(
          (point, i) =>
            point !== undefined && (
              // biome-ignore lint/suspicious/noArrayIndexKey: the chosen and the hovered never change places
              <Ring key={i} point={point} plot={plot} axes={axes} strong={i === 0} />
            ),
        )}
        <Pins plot={plot} pins={props.pins} height={height} />
      </svg>
      {hover !== undefined && over && (
        <Tip point={hover} width={width} height={height} whyNot={props.whyNot(hover.offer)} />
      )}
    </div>
  );
}

function Axes(props: {
  readonly plot: OfferPlot;
  readonly axes: FrontAxes;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const { plot, axes, width, height } = props;
  const title = (key: FrontAxes['x'], log: boolean): string =>
    `${axisTitle(key)}${log ? ', logarithmic' : ''}`;
  return (
    <>
      {plot.y.ticks.map((tick) => (
        <g key={tick}>
          <path className={styles.grid} d={`M${left} ${plot.y.at(tick)}H${width - right}`} />
          <text className={styles.tick} x={left - 7} y={plot.y.at(tick) + 4} textAnchor="end">
            {onAxis(tick, axisUnit(axes.y))}
          </text>
        </g>
      ))}
      {plot.x.ticks.map((tick) => (
        <g key={tick}>
          <path className={styles.grid} d={`M${plot.x.at(tick)} ${top}V${height - bottom}`} />
          <text className={styles.tick} x={plot.x.at(tick)} y={height - bottom + 15} textAnchor="middle">
            {onAxis(tick, axisUnit(axes.x))}
          </text>
        </g>
      ))}
      <text className={styles.tick} x={(left + width - right) / 2} y={height - 9} textAnchor="middle">
        {title(axes.x, plot.x.log)}
      </text>
      <text
        className={styles.tick}
        transform={`translate(11 ${(top + height - bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
      >
        {title(axes.y, plot.y.log)}
      </text>
    </>
  );
}

/** A staircase: between two offers of the front, nothing better than the cheaper one can be had. */
function linePath(shown: readonly PricedOffer[], axes: FrontAxes, plot: OfferPlot): string {
  const steps = [...frontLine(shown, axes)].flatMap((index) => {
    const offer = shown[index];
    const point = offer === undefined ? undefined : plot.byId.get(offer.id);
    return point === undefined ? [] : [point];
  });
  return steps.map(({ x, y }, i) => (i === 0 ? `M${x} ${y}` : `H${x}V${y}`)).join('');
}

/** The mark of one offer, with its 80 % intervals where the axes show medians. */
function Ring(props: {
  readonly point: OfferPoint;
  readonly plot: OfferPlot;
  readonly axes: FrontAxes;
  readonly strong: boolean;
}): ReactNode {
  const { point, plot, axes } = props;
  const { offer, x, y, radius } = point;
  const across = axisSpread(offer, axes.x);
  const up = axisSpread(offer, axes.y);
  const clip = (scale: Scale, value: number): number =>
    scale.at(Math.min(scale.domain[1], Math.max(scale.domain[0], value)));
  const [x0, x1] = across === null ? [x, x] : [clip(plot.x, across.p10), clip(plot.x, across.p90)];
  const [y0, y1] = up === null ? [y, y] : [clip(plot.y, up.p10), clip(plot.y, up.p90)];
  const whiskers = [
    across === null ? '' : `M${x0} ${y}H${x1}M${x0} ${y - 4}v8M${x1} ${y - 4}v8`,
    up === null ? '' : `M${x} ${y0}V${y1}M${x - 4} ${y0}h8M${x - 4} ${y1}h8`,
  ].join('');
  return (
    <g stroke="var(--text)" fill="none">
      <path data-whiskers={offer.id} d={whiskers} strokeWidth={1.25} />
      <circle cx={x} cy={y} r={radius + 3} strokeWidth={props.strong ? 2.5 : 1.5} />
    </g>
  );
}

function Pins(props: {
  readonly plot: OfferPlot;
  readonly pins: readonly number[];
  readonly height: number;
}): ReactNode {
  const pinned = props.pins.flatMap((id, at) => {
    const point = props.plot.byId.get(id);
    return point === undefined ? [] : [{ point, name: pinName(at) }];
  });
  // Names of offers that lie on one another stand below one another.
  const ys = spread(
    pinned.map(({ point }) => point.y),
    13,
    [top, props.height - bottom],
  );
  return pinned.map(({ point, name }, i) => (
    <g key={name}>
      <circle
        cx={point.x}
        cy={point.y}
        r={point.radius + 2}
        fill="none"
        stroke="var(--series-2)"
        strokeWidth={2}
      />
      <text x={point.x + point.radius + 6} y={(ys[i] ?? point.y) + 4} style={{ fontWeight: 600 }}>
        {name}
      </text>
    </g>
  ));
}

function BrushBox(props: { readonly brush: BrushedBox; readonly plot: OfferPlot }): ReactNode {
  const { brush, plot } = props;
  const pixels = (scale: Scale, [low, high]: readonly [number, number]): readonly [number, number] => {
    const ends = [low, high].map((value) =>
      scale.at(Math.min(scale.domain[1], Math.max(scale.domain[0], value))),
    );
    return [Math.min(...ends), Math.max(...ends)];
  };
  const [x0, x1] = pixels(plot.x, brush.x);
  const [y0, y1] = pixels(plot.y, brush.y);
  return (
    <rect
      data-brush=""
      x={x0}
      y={y0}
      width={Math.max(1, x1 - x0)}
      height={Math.max(1, y1 - y0)}
      fill="var(--brush)"
      stroke="var(--accent)"
    />
  );
}

function Tip(props: {
  readonly point: OfferPoint;
  readonly width: number;
  readonly height: number;
  readonly whyNot: string | null;
}): ReactNode {
  const { point, width, height } = props;
  const { offer, x, y } = point;
  return (
    <div
      className={styles.tip}
      role="tooltip"
      style={{
        width: TIP.width,
        maxWidth: TIP.width,
        zIndex: 5,
        left: x + 14 + TIP.width > width ? Math.max(0, x - 14 - TIP.width) : x + 14,
        top: Math.max(0, Math.min(y + 12, height - TIP.height)),
      }}
    >
      <strong>{machineName(offer)}</strong> <span className="dim">#{offer.id}</span>
      <dl>
        {tipRows(offer).map(([title, text]) => [
          <dt key={title}>{title}</dt>,
          <dd key={`${title} is`}>{text}</dd>,
        ])}
      </dl>
      <span className="dim">
        {[offer.verification ?? 'verification unknown', offer.geolocation, axisWords(offer)]
          .filter(Boolean)
          .join(' · ')
          .slice(0, 120)}
      </span>
      <div>{props.whyNot ?? 'On the front: nothing beats it in both axes and reliability.'}</div>
    </div>
  );
}

const axisWords = ({ fit }: PricedOffer): string =>
  fit === null ? 'no model of the table fits' : fit.fits ? `for ${fit.model}` : `${fit.model} does not fit`;
