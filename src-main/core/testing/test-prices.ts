import { createPrices, type PriceBook } from '#core/costs/prices/prices.ts';
import type { Quote } from '#core/costs/seams.ts';
import type { Env, LogRecord } from '#core/ports/ports.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { type PriceOverride, type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';
import { testPorts } from './ports.ts';

export interface TestPrices {
  readonly db: Db;
  readonly logged: readonly LogRecord[];
  settings: Settings;
  /** A new process on the same store: what was in memory is gone. */
  reopen(): void;
  readonly prices: PriceBook;
  /** Moves both clocks. */
  pass(seconds: Seconds): void;
  setClock(iso: string): void;
  machine(provider: 'aws' | 'gcp' | 'azure', name: string): Promise<Quote | null>;
  rental(gpu?: string, min?: number, max?: number): Promise<Quote | null>;
  tokens(provider: 'aws' | 'gcp' | 'azure' | 'api', model: string): Promise<Quote | null>;
}

export interface TestPricesOptions {
  readonly env?: Env;
  readonly live?: boolean;
  readonly region?: string;
  readonly overrides?: readonly PriceOverride[];
  readonly writable?: boolean;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly limitMs?: Milliseconds;
}

/** USD per hour; null where nothing is known, or another unit. */
export const usdHour = (quote: Quote | null): number | null =>
  quote?.price.rate.per === 'hour' ? quote.price.rate.usd : null;

/** Prices over a store in memory, at noon of 2026-11-22; Azure is asked at a closed port unless `env` says where. */
export function testPrices(options: TestPricesOptions = {}): TestPrices {
  const { ports, secrets, logged, remove } = testPorts();
  remove();
  for (const [name, value] of Object.entries(options.secrets ?? {})) secrets.set(name, value);
  let nowMs = Date.parse('2026-11-22T12:00:00Z');
  let monotonicMs = 0;
  const db = openDatabase(':memory:', 'write');
  migrateRune(db, nowMs / 1000);
  migrateRunescope(db, 'own', nowMs / 1000);
  const never = new AbortController().signal;
  const open = (): PriceBook =>
    createPrices({
      ...ports,
      db,
      writable: options.writable ?? true,
      clock: { nowUs: () => nowMs * 1000, monotonicMs: () => monotonicMs },
      env: { AZURE_RETAIL_PRICES_URL: 'http://127.0.0.1:1', ...options.env },
      settings: {
        get: () => test.settings,
        set: (changed) => {
          test.settings = changed;
        },
      },
      liveLimitMs: options.limitMs,
    });
  const test: TestPrices = {
    db,
    logged,
    settings: settingsSchema.parse({
      prices: {
        live: options.live ?? true,
        region: options.region ?? null,
        overrides: options.overrides ?? [],
      },
    }),
    get prices() {
      return prices;
    },
    reopen: () => {
      prices = open();
    },
    pass: (seconds) => {
      nowMs += seconds * 1000;
      monotonicMs += seconds * 1000;
    },
    setClock: (iso) => {
      nowMs = Date.parse(iso);
    },
    machine: (provider, name) => test.prices.quote({ kind: 'machine', provider, name }, never),
    rental: (gpu, min_dph = 0, max_dph = 0) =>
      test.prices.quote({ kind: 'rental', min_dph, max_dph, gpu }, never),
    tokens: (provider, model) => test.prices.quote({ kind: 'tokens', provider, model }, never),
  };
  let prices = open();
  return test;
}
