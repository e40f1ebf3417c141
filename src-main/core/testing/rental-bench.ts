import { type DemoServer, startDemoServer } from '#core/backends/demo-server.ts';
import { createBackend } from '#core/backends/registry.ts';
import { withProvision } from '#core/providers/provision.ts';
import { rentedProvider } from '#core/providers/registry.ts';
import type { RentalWant, RentedProvider, VastaiDeps } from '#core/providers/vastai/want.ts';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { createRentals } from '#core/vastai/ledger/rentals.ts';
import type { Rentals } from '#core/vastai/seams.ts';
import type { RentalRequest } from '#shared/contract/requests.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { SpanRecord } from '#shared/model/span.ts';
import { realClock } from './ports.ts';
import { failureOf, recordSpans } from './recorded-spans.ts';
import { ScriptedMarket } from './scripted-market.ts';

export interface RentalBench {
  readonly market: ScriptedMarket;
  readonly rentals: Rentals;
  readonly deps: VastaiDeps;
  readonly said: string[];
  set(offers: Partial<Settings['offers']>): void;
  want(rental?: Partial<RentalRequest>, more?: Partial<RentalWant>): RentalWant;
  /** Provisions, does `use`, and tears down, as a job does. */
  rent(
    want: RentalWant,
    use?: (provider: RentedProvider) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<Rent>;
}

export interface Rent {
  readonly provider: RentedProvider;
  readonly spans: readonly SpanRecord[];
  /** Code and message of what it failed with; null: it did not. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** A ledger in memory over a market that does as it is told, and a model server to be rented. */
export async function startRentalBench(cleanUp: (() => void | Promise<void>)[]): Promise<RentalBench> {
  const server: DemoServer = await startDemoServer({ slowness: () => 0 });
  cleanUp.push(() => server.close());
  const market = new ScriptedMarket(server.url);
  const db = openDatabase(':memory:', 'write');
  cleanUp.push(() => void db.close());
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  const clock = realClock();
  const rentals = createRentals({
    db,
    writable: true,
    clock,
    logger: { log: () => {} },
    markets: {
      usual: async () => 'vastai',
      hasKey: async () => true,
      baseUrl: () => market.connection.base_url,
      client: async () => market,
    },
    onCost: () => {},
  });
  cleanUp.push(() => rentals.dispose());
  let settings = settingsSchema.parse({});
  const said: string[] = [];
  const deps: VastaiDeps = {
    rentals,
    clock,
    settings: () => settings,
    backend: (at) => createBackend(at),
    rank: async (offers) => offers.toSorted((a, b) => a.dph_total - b.dph_total),
  };
  return {
    market,
    rentals,
    deps,
    said,
    set: (offers) => {
      settings = settingsSchema.parse({ offers });
    },
    want: (rental = {}, more = {}) => ({
      job_id: 'job-1',
      backend_type: 'ollama',
      model: 'llama3.1:8b',
      agent: 'prompt',
      request: {
        template_hash: '',
        min_dph: 0,
        max_dph: 0,
        reliability: 0,
        stop_instance: true,
        ...rental,
      },
      progress: (message) => said.push(message),
      lost: () => {},
      ...more,
    }),
    async rent(want, use = async () => {}, signal = new AbortController().signal) {
      const provider = rentedProvider(deps, want);
      let failure: Rent['failure'] = null;
      const { spans } = await recordSpans(async () => {
        try {
          const work = async () => {
            await withProvision(provider, signal, async () => {});
            await use(provider);
          };
          const outcome = await work().then(
            () => null,
            (thrown: unknown) => thrown,
          );
          if (outcome !== null) failure = await failureOf(() => Promise.reject(outcome));
        } finally {
          await provider.teardown().catch(() => {});
        }
      });
      return { provider, spans, failure };
    },
  };
}
