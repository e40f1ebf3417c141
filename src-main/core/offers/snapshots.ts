import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { Db } from '#core/store/database.ts';
import type { OfferSearch } from '#core/vastai/seams.ts';
import { offerFilter } from '#shared/contract/offers.ts';
import type { Market } from '#shared/model/offers.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';
import { keptOffer } from './kept-offer.ts';
import { type FoundPage, searchKey } from './pages.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

const KEPT = 20;
const MAX_BYTES = 256 * 1024 * 1024;
/** The same search is kept anew after as long. */
const EVERY: Seconds = 60;

const keptPage = z.object({
  search: z.object({
    filter: offerFilter.unwrap().omit({ defaults: true }),
    allocated_storage: z.number(),
    offer_id: z.number().optional(),
  }),
  offers: z.array(keptOffer).max(100_000),
  unreadable: z.array(z.object({ reason: z.string(), n: z.number() })),
  truncated: z.boolean(),
});

export class Snapshots {
  private readonly db: Db;
  private readonly keptAt = new Map<string, EpochSeconds>();

  constructor(db: Db) {
    this.db = db;
  }

  async keep({ market, searched_at, ...page }: FoundPage): Promise<void> {
    const key = searchKey(page.search);
    const before = this.keptAt.get(`${market} ${key}`);
    if (before !== undefined && before <= searched_at && searched_at - before < EVERY) return;
    const blob = await pack(JSON.stringify(page), { level: constants.Z_BEST_SPEED });
    this.db.transaction(() => {
      this.db
        .prepare('INSERT INTO rs_offer_snapshot (market, at, n, search, offers) VALUES (?, ?, ?, ?, ?)')
        .run(market, searched_at, page.offers.length, key, blob);
      this.db
        .prepare(
          'DELETE FROM rs_offer_snapshot WHERE market = ? AND seq NOT IN (SELECT seq FROM rs_offer_snapshot WHERE market = ? ORDER BY seq DESC LIMIT ?)',
        )
        .run(market, market, KEPT);
    })();
    this.keptAt.set(`${market} ${key}`, searched_at);
  }

  /** The latest of this search, else the latest of its market; null: none that can be read. */
  async latest(market: Market, search: OfferSearch): Promise<FoundPage | null> {
    const select = 'SELECT at, offers FROM rs_offer_snapshot WHERE market = ?';
    const row = (this.db
      .prepare(`${select} AND search = ? ORDER BY seq DESC LIMIT 1`)
      .get(market, searchKey(search)) ??
      this.db.prepare(`${select} ORDER BY seq DESC LIMIT 1`).get(market)) as Row | undefined;
    if (row === undefined) return null;
    try {
      const bytes = await unpack(row.offers, { maxOutputLength: MAX_BYTES });
      return { ...keptPage.parse(JSON.parse(bytes.toString('utf8'))), market, searched_at: row.at };
    } catch {
      // Written by another version, or damaged: the market is asked then.
      return null;
    }
  }
}

interface Row {
  readonly at: EpochSeconds;
  readonly offers: Buffer;
}
