import { z } from 'zod';
import type { Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';

const row = z.strictObject({
  provider: z.enum(['vastai', 'aws', 'gcp', 'azure']),
  name: z.string().max(256),
  region: z.string().max(64).nullable(),
  gpu: z.string().max(64).nullable(),
  gpu_count: z.number().positive(),
  usd_hour: z.number().positive(),
  origin: z.string().max(256),
  note: z.string().max(256).nullable(),
  log_sigma: z.number().nonnegative(),
});
/** A price that an API gave, and when: epoch seconds. */
export type CachedPrice = z.infer<typeof row> & { readonly as_of: number };

/** The end of the year 9999, in epoch seconds: of later ones no date can be made. */
const LATEST = 253_402_300_799;

interface StoredRow {
  readonly id: string;
  readonly row_json: string;
  readonly fetched_at: number;
}

/** rs_price, and in memory what could not or must not be written there. */
export class PriceCache {
  private readonly db: Db;
  private readonly writable: boolean;
  private readonly logger: Logger;
  private readonly memory = new Map<string, CachedPrice>();

  constructor(db: Db, writable: boolean, logger: Logger) {
    this.db = db;
    this.writable = writable;
    this.logger = logger;
  }

  get(key: string): CachedPrice | null {
    const stored = this.db.prepare('SELECT * FROM rs_price WHERE id = ?').get(key) as StoredRow | undefined;
    return later(this.memory.get(key) ?? null, stored === undefined ? null : read(stored));
  }

  all(): ReadonlyMap<string, CachedPrice> {
    const found = new Map(this.memory);
    for (const stored of this.db.prepare('SELECT * FROM rs_price').all() as StoredRow[]) {
      const price = later(found.get(stored.id) ?? null, read(stored));
      if (price !== null) found.set(stored.id, price);
    }
    return found;
  }

  put(key: string, price: CachedPrice): void {
    this.memory.set(key, price);
    if (!this.writable) return;
    const { as_of, ...rest } = price;
    try {
      this.db
        .prepare(
          'INSERT INTO rs_price (id, row_json, fetched_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET row_json = excluded.row_json, fetched_at = excluded.fetched_at',
        )
        .run(key, JSON.stringify(rest), as_of);
    } catch {
      // A full disk, or the engine closed meanwhile: the estimate that asked has its price.
      this.logger.log({
        level: 'debug',
        event: 'prices.not_kept',
        message: `The price of ${key} could not be kept.`,
      });
    }
  }
}

/** What another version or hand wrote is left out where it cannot be read. */
function read({ row_json, fetched_at }: StoredRow): CachedPrice | null {
  if (!(fetched_at >= 0 && fetched_at <= LATEST)) return null;
  try {
    return { ...row.parse(JSON.parse(row_json)), as_of: fetched_at };
  } catch {
    return null;
  }
}

const later = (a: CachedPrice | null, b: CachedPrice | null): CachedPrice | null =>
  a === null || (b !== null && b.as_of > a.as_of) ? b : a;
