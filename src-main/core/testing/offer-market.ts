import { createHistory } from '#core/costs/history.ts';
import { createOffers } from '#core/offers/offers.ts';
import type { Offers } from '#core/offers/seams.ts';
import type { LogRecord } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Markets, OfferPage, OfferSearch, VastClient } from '#core/vastai/seams.ts';
import { type OffersQuery, offersQuery } from '#shared/contract/offers.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { Market, Offer } from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { costStore } from './cost-store.ts';

/** Choosing among offers over tables in memory and a market that answers what it is told. */
export interface OfferMarket {
  readonly db: Db;
  readonly offers: Offers;
  readonly searches: readonly OfferSearch[];
  readonly logged: readonly LogRecord[];
  /** What the next searches find. */
  page: Omit<OfferPage, 'offers'> & { offers: readonly Offer[] };
  /** What the next searches wait for, or fail with. */
  before: (signal: AbortSignal) => Promise<void>;
  now: EpochSeconds;
  settings: Settings;
  close(): void;
}

export const OFFERS_START: EpochSeconds = 1_800_000_000;

export function offerMarket(
  given: readonly Offer[],
  { writable = true, db: shared }: { readonly writable?: boolean; readonly db?: Db } = {},
): OfferMarket {
  const store = shared === undefined ? costStore() : { db: shared, close: () => {} };
  const searches: OfferSearch[] = [];
  const logged: LogRecord[] = [];
  const client: Partial<VastClient> = {
    search: async (search, signal) => {
      searches.push(search);
      await made.before(signal);
      return made.page;
    },
  };
  const markets: Partial<Markets> = {
    usual: async (): Promise<Market> => 'demo',
    client: async () => client as VastClient,
  };
  const made: OfferMarket = {
    db: store.db,
    searches,
    logged,
    page: { offers: given, unreadable: [], truncated: false },
    before: async () => {},
    now: OFFERS_START,
    settings: settingsSchema.parse({}),
    offers: createOffers({
      db: store.db,
      writable,
      clock: { nowUs: () => made.now * 1e6, monotonicMs: () => made.now * 1000 },
      logger: { log: (record) => logged.push(record) },
      markets: markets as Markets,
      history: createHistory(store.db),
      settings: () => made.settings,
      scopeOf: () => 'SRE',
    }),
    close: () => store.close(),
  };
  return made;
}

/** A query as the contract parses it; what differs from its defaults is given. */
export const queryOf = (more: Record<string, unknown> = {}): OffersQuery => offersQuery.parse(more);

/** A machine that was rented and has gone, as the ledger has it. */
export interface PastRental {
  readonly machine_id: number;
  readonly market?: Market;
  readonly gpu_name?: string;
  readonly num_gpus?: number;
  readonly model?: string;
  readonly boot_s?: number;
  readonly promised_mbps?: number;
  readonly download_mbps?: number;
  readonly tokens_per_s?: number;
  readonly failed?: boolean;
}

let rentals = 0;
export function addRental(db: Db, rental: PastRental): void {
  const { market = 'demo', gpu_name = 'RTX 4090', num_gpus = 1, failed = false } = rental;
  rentals += 1;
  db.prepare(
    `
INSERT INTO rs_rental (rental_id, market, state, job_id, label, offer_id, contract_id, machine_id, gpu_name, num_gpus,
  gpu_total_ram, disk_gb, usd_hour, intent_at, boot_s, promised_mbps, download_mbps, tokens_per_s, model, failure_json)
VALUES (?, ?, 'gone', 'job', ?, 1, ?, ?, ?, ?, 24564, 40, 0.4, 0, ?, ?, ?, ?, ?, ?)`,
  ).run(
    `rental-${rentals}`,
    market,
    `rune-job.${rentals}`,
    rentals,
    rental.machine_id,
    gpu_name,
    num_gpus,
    rental.boot_s ?? null,
    rental.promised_mbps ?? null,
    rental.download_mbps ?? null,
    rental.tokens_per_s ?? null,
    rental.model ?? null,
    failed ? '{"code":"provider.boot_timeout","message":"It never answered."}' : null,
  );
}
