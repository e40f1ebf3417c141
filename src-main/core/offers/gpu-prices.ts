import type { Db } from '#core/store/database.ts';
import { quantile } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import type { GpuPrice, Market, Offer } from '#shared/model/offers.ts';
import type { EpochSeconds, Seconds, Usd } from '#shared/model/units.ts';
import type { FoundPage } from './pages.ts';
import { usdHourWith } from './predict.ts';

const EVERY: Seconds = 600;
const KEPT: Seconds = 400 * 86_400;
/** Prices of searches for other models are told with the same disk, in GB. */
const DISK_GB = 40;

/** Per GPU and hour, of every type in a page: verified, on demand, and not another market's. */
export function pricesIn(page: Pick<FoundPage, 'offers' | 'search' | 'searched_at'>): readonly GpuPrice[] {
  const { allocated_storage } = page.search;
  const byGpu = new Map<string, Usd[]>();
  for (const offer of page.offers) {
    if (!isTelling(offer)) continue;
    const usd = usdHourWith(offer, allocated_storage, DISK_GB) / offer.num_gpus;
    const known = byGpu.get(offer.gpu_name);
    if (known === undefined) byGpu.set(offer.gpu_name, [usd]);
    else known.push(usd);
  }
  return [...byGpu].flatMap(([gpu_name, values]): GpuPrice[] => {
    const sample = sampleOf(values).value;
    if (sample === null) return [];
    const at = (p: number): Usd => quantile(sample, p).value ?? Number.NaN;
    return [
      {
        at: page.searched_at,
        gpu_name,
        n: sample.n,
        low: at(0),
        p25: at(0.25),
        median: at(0.5),
        p75: at(0.75),
      },
    ];
  });
}

const isTelling = ({ verification, is_bid, external, rented, rentable, num_gpus }: Offer): boolean =>
  verification === 'verified' &&
  !is_bid &&
  external !== true &&
  rented !== true &&
  rentable !== false &&
  num_gpus > 0;

/** A search that leaves offers of a type out says nothing of the type's prices. */
const isWhole = ({ search, truncated }: FoundPage): boolean => {
  const { ranges, country, type } = search.filter;
  const limits = Object.values(ranges ?? {}).some(
    (range) => range?.min !== undefined || range?.max !== undefined,
  );
  return !limits && !country?.length && type === 'ondemand' && search.offer_id === undefined && !truncated;
};

/** Keeps a row for each type, unless one of the last ten minutes is there. */
export function keepPrices(db: Db, page: FoundPage): void {
  if (!isWhole(page)) return;
  const { market, searched_at: now } = page;
  const prices = pricesIn(page);
  const latest = db
    .prepare('SELECT max(at) FROM rs_gpu_price WHERE market = ? AND gpu_name = ? AND at <= ?')
    .pluck();
  const insert = db.prepare(
    'INSERT INTO rs_gpu_price (market, gpu_name, at, n, low, p25, median, p75) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  // Type by type: the key's order makes that a look, and of all at once a walk through the table.
  const prune = db.prepare('DELETE FROM rs_gpu_price WHERE market = ? AND gpu_name = ? AND at < ?');
  db.transaction(() => {
    for (const { gpu_name, n, low, p25, median, p75 } of prices) {
      const at = latest.get(market, gpu_name, now) as number | null;
      if (at !== null && now - at < EVERY) continue;
      insert.run(market, gpu_name, now, n, low, p25, median, p75);
      prune.run(market, gpu_name, now - KEPT);
    }
  }).immediate();
}

/** As many points as a chart can show of one type. */
const POINTS = 400;

/** The oldest first; of a long time the latest row of each of as many equal parts. No names: all of them. */
export function readPrices(
  db: Db,
  market: Market,
  names: readonly string[] | undefined,
  since: EpochSeconds,
  until: EpochSeconds,
): readonly GpuPrice[] {
  const wanted = names === undefined || names.length === 0 ? null : JSON.stringify(names);
  const rows = db
    .prepare(
      `SELECT max(at) AS at, gpu_name, n, low, p25, median, p75 FROM rs_gpu_price
WHERE market = ? AND at >= ? ${wanted === null ? '' : 'AND gpu_name IN (SELECT value FROM json_each(?))'}
GROUP BY gpu_name, CAST((at - ?) / ? AS INTEGER) ORDER BY at, gpu_name`,
    )
    .all(market, since, ...(wanted === null ? [] : [wanted]), since, (until - since) / POINTS);
  return rows as GpuPrice[];
}
