import { type ReactNode, useMemo } from 'react';
import { ChartFrame } from '#renderer/charts/chart-frame.tsx';
import { OffersChart } from '#renderer/charts/offers-chart.tsx';
import { machineName, offersTable, plotOffers } from '#renderer/charts/offers-data.ts';
import { spansMuch } from '#renderer/charts/scale.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import { formatCount } from '#shared/lib/format.ts';
import { fieldText, numberOf } from '#shared/model/offer-fields.ts';
import type { FrontAxes } from '#shared/model/offer-front.ts';
import type { OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import { type Listing, whyNot } from './listing.ts';
import styles from './offers.module.css';
import type { OffersView } from './offers-url.ts';

const NONE: readonly PricedOffer[] = [];

/** The scatter in its frame: its finding, n, table and files. */
export function OffersPlot(props: {
  readonly listing: Listing;
  readonly answer: OffersAnswer;
  readonly axes: FrontAxes;
  readonly view: OffersView;
  readonly height: number;
  readonly hovered: number | null;
  readonly onView: (view: OffersView) => void;
  readonly onHover: (id: number | null) => void;
}): ReactNode {
  const { listing, answer, axes, view, onView } = props;
  const log = useMemo(
    () => [axes.x, axes.y].some((key) => spansMuch(listing.shown.map((offer) => numberOf(offer, key)))),
    [listing.shown, axes],
  );
  const table = useMemo(
    () =>
      offersTable(view.all ? listing.all : listing.shown, (offer) =>
        listing.front.has(offer.id) ? 'front' : (listing.better.get(offer.id)?.id.toString() ?? ''),
      ),
    [listing, view.all],
  );
  const words = finding(listing, axes, answer);
  const unplaced = listing.shown.filter(({ id }) => !listing.front.has(id) && !listing.better.has(id)).length;
  return (
    <ChartFrame
      title={words}
      note={[
        `n ${formatCount(listing.shown.length)} of ${formatCount(listing.all.length)}`,
        `${formatCount(listing.front.size)} on the front of both axes and reliability`,
        unplaced > 0 ? `${formatCount(unplaced)} without one of these figures` : '',
        answer.job.model === '' ? 'each with the largest model that fits it' : '',
        answer.job.basis,
      ]
        .filter(Boolean)
        .join('; ')}
      summary={`${words}. On the front: ${listing.shown
        .filter(({ id }) => listing.front.has(id))
        .slice(0, 12)
        .map((one) => `${machineName(one)}, ${fieldText(one, axes.x)}, ${fieldText(one, axes.y)}`)
        .join('; ')}`}
      table={table}
      outlets={{
        onSave: saveFile,
        onCopyLink: () => copyText(window.location.href),
        asTable: view.table,
        onTable: (asTable) => onView({ ...view, table: asTable }),
      }}
      log={log ? { on: view.log ?? true, onChange: (on) => onView({ ...view, log: on }) } : undefined}
    >
      {(width) => <Plot {...props} width={width} />}
    </ChartFrame>
  );
}

function Plot(props: Parameters<typeof OffersPlot>[0] & { readonly width: number }): ReactNode {
  const { listing, axes, view, onView, width, height } = props;
  const plot = useMemo(
    () =>
      plotOffers({
        shown: listing.shown,
        out: view.all ? listing.out : NONE,
        isFront: ({ id }) => listing.front.has(id),
        axes,
        log: view.log,
        width,
        height,
      }),
    [listing, view.all, view.log, axes, width, height],
  );
  if (plot.points.length === 0) {
    return (
      <p className="dim" style={{ minHeight: 96 }}>
        No offer has both figures.{' '}
        {(axes.x === 'usd_per_job' || axes.y === 'seconds_per_job') && (
          <button
            type="button"
            className={styles.link}
            onClick={() => onView({ ...view, x: 'dph_total', y: 'dlperf', brush: null })}
          >
            Show DLPerf over $ per hour
          </button>
        )}
      </p>
    );
  }
  return (
    <OffersChart
      plot={plot}
      shown={listing.shown}
      axes={axes}
      width={width}
      height={height}
      selected={view.offer}
      hovered={props.hovered}
      pins={view.pins}
      brush={view.brush}
      whyNot={(offer) => whyNot(offer, listing, view)}
      onHover={props.onHover}
      onSelect={(id) => onView({ ...view, offer: id })}
      onBrush={(brush) => onView({ ...view, brush })}
    />
  );
}

/** What the plot finds: the cheapest of its axis, in a sentence. */
function finding(listing: Listing, axes: FrontAxes, answer: OffersAnswer): string {
  let best: PricedOffer | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const offer of listing.shown) {
    const value = numberOf(offer, axes.x);
    if (value === null || value >= least) continue;
    least = value;
    best = offer;
  }
  if (best === null) return 'No offer has a figure to be judged by';
  const model = answer.job.model === '' ? (best.fit?.model ?? '') : answer.job.model;
  return axes.x === 'usd_per_job'
    ? `Cheapest finished job${model === '' ? '' : ` with ${model}`}: ${fieldText(best, 'usd_per_job')} in ${fieldText(best, 'seconds_per_job')} on ${machineName(best)}`
    : `Cheapest hour: ${fieldText(best, 'dph_total')} for ${machineName(best)}`;
}
