import type { OffersQuery } from '#shared/contract/offers.ts';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatSignificant,
  formatUsd,
} from '#shared/lib/format.ts';
import type { OffersAnswer, PricedOffer, Spread } from '#shared/model/offers.ts';
import { openAsking } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { type Column, printable, table } from '../output/table.ts';

/** Rows for a person, unless they ask for more. */
const TEXT_ROWS = 40;

export async function searchOffers(
  dataDir: string,
  query: OffersQuery,
  limit: number | undefined,
  output: Output,
): Promise<number> {
  const { client, close } = await openAsking(dataDir);
  try {
    const answer = ofCountries(await client.offers.search(query));
    const shown = (n = answer.offers.length): OffersAnswer => ({
      ...answer,
      offers: answer.offers.slice(0, n),
    });
    await output.answer({ ...shown(limit), found: answer.offers.length }, () =>
      offersText(shown(limit ?? TEXT_ROWS), answer.offers.length),
    );
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

/** The market is not asked for countries: what it sent of others is no violation of its. */
const ofCountries = (answer: OffersAnswer): OffersAnswer => ({
  ...answer,
  offers: answer.offers.filter(({ violations }) => violations.every(({ field }) => field !== 'country')),
});

const orDash = (value: string | null): string => value ?? '–';
const spread = (of: Spread | null, format: (value: number) => string): string =>
  of === null ? '–' : `${format(of.p50)} (${format(of.p10)}–${format(of.p90)})`;
const gb = (mb: number): string => `${formatSignificant(mb / 1024, 3)} GB`;

/** What a person should know of an offer before they take it. */
function remark({ pareto, violations, blocked, dominated_by, odd }: PricedOffer): string {
  if (blocked !== null) return `blocked ${blocked}`;
  const [violation] = violations;
  if (violation !== undefined) return `not as asked: ${violation.message}`;
  if (pareto) return 'front';
  if (dominated_by !== null) return `#${dominated_by.id}: ${dominated_by.because}`;
  return odd.length > 0 ? `odd ${odd.join(', ')}` : '';
}

const COLUMNS: readonly Column<PricedOffer & { readonly rank: number }>[] = [
  { title: '#', right: true, text: ({ rank }) => String(rank) },
  { title: 'offer', right: true, text: ({ id }) => String(id) },
  { title: 'GPU', text: ({ gpu_name }) => gpu_name },
  { title: 'n', right: true, text: ({ num_gpus }) => String(num_gpus) },
  { title: 'VRAM', right: true, text: ({ gpu_total_ram }) => gb(gpu_total_ram) },
  { title: '$/h', right: true, text: ({ dph_total }) => formatUsd(dph_total) },
  { title: '$/job', text: ({ usd_per_job }) => spread(usd_per_job, formatUsd) },
  {
    title: 'time',
    right: true,
    text: ({ seconds_per_job: s }) => (s === null ? '–' : formatDuration(s.p50 * 1000)),
  },
  { title: 'reliable', right: true, text: ({ reliability }) => formatPercent(reliability) },
  { title: 'where', text: ({ geolocation }) => orDash(geolocation) },
  {
    title: 'model',
    text: ({ fit }) => (fit === null ? '–' : fit.fits ? fit.model : `${fit.model} does not fit`),
  },
  { title: 'front, or the better one', text: remark },
];

export function offersText(answer: OffersAnswer, found: number): string {
  const { market, offers, hidden_by_defaults, truncated, unreadable, job } = answer;
  const rows = offers.map((offer, i) => ({ ...offer, rank: i + 1 }));
  const lines = [
    market === 'demo' ? 'DEMO market: nothing here is for sale, and no prices are real.' : null,
    `${formatCount(rows.length)} of ${formatCount(found)} offers; ${formatCount(hidden_by_defaults)} more are hidden by the market's defaults (--all shows them).`,
    truncated ? 'The market has more than it sent: narrow the search.' : null,
    ...unreadable.map(({ reason, n }) => `${formatCount(n)} could not be read: ${reason}.`),
    `$/job: median (10th to 90th percentile) for ${job.model === '' ? 'the largest model that fits' : job.model}; ${job.basis}.`,
  ];
  return printable(
    [rows.length === 0 ? '' : `${table(COLUMNS, rows)}\n`, ...lines]
      .filter((line) => line !== null && line !== '')
      .join('\n'),
  );
}
