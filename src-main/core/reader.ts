import { toEpochSeconds } from '#shared/model/units.ts';
import { createAgentRegistry } from './agents/registry.ts';
import { type ArchiveParts, createArchiveParts } from './archive-parts.ts';
import { Comparisons } from './compare/comparisons.ts';
import { createBudget } from './costs/budget.ts';
import { createHistory } from './costs/history.ts';
import { createPrices } from './costs/prices/prices.ts';
import { createCostReports } from './costs/reports.ts';
import type { Engine } from './engine.ts';
import { createHttpBoard } from './http/board.ts';
import { lazyDemo, lazyDemoMarket } from './lazy-demo.ts';
import { createLogs } from './log-parts.ts';
import { tapLogger } from './logs/log-tap.ts';
import { createOffers } from './offers/offers.ts';
import { createExternalTraces } from './otlp-parts.ts';
import type { Clock, Logger, Ports } from './ports/ports.ts';
import { createRemoteParts } from './remote-parts.ts';
import { createRetentionParts } from './retention-parts.ts';
import { clientOf, createRouter } from './router.ts';
import { createServices } from './services.ts';
import { RuneConfigStore } from './settings/rune-config.ts';
import { SettingsStore } from './settings/settings-store.ts';
import { createOwnSource } from './sources/own-source.ts';
import { createSources } from './sources/sources.ts';
import { createChangeFeed } from './store/change-feed.ts';
import { type Db, storeFailure } from './store/database.ts';
import { openOwnToRead, ownStorePath } from './store/own-file.ts';
import { createMarkets } from './vastai/client/markets.ts';
import { createRentals } from './vastai/ledger/rentals.ts';

/** Reads what another process owns, or what nobody does; a data directory that is not there yet is empty. */
export async function createReader(host: Ports): Promise<Engine> {
  const { clock, paths } = host;
  const path = ownStorePath(paths.dataDir);
  const db = await openOwnToRead(paths.dataDir, toEpochSeconds(clock.nowUs()));
  const tap = tapLogger(host.logger);
  const logs = createLogs({ ...host, logger: tap.logger }, db, null);
  const { ports } = logs;
  const { logger } = ports;
  const settings = settingsBeside(db, path, clock, logger);
  const http = createHttpBoard(settings);
  const agents = createAgentRegistry({
    env: ports.env,
    settings: () => settings.get(),
    secrets: ports.secrets,
  });
  const demo = lazyDemo(settings);
  const demoUrl = async (): Promise<string> => (await demo.get()).url;
  const own = createOwnSource({ db, path, feed: createChangeFeed(), clock });
  let archive: ArchiveParts | null = null;
  const parts = (): ArchiveParts => {
    archive ??= createArchiveParts({ ports, settings, own, ownDb: db });
    return archive;
  };
  const external = createExternalTraces(ports, false);
  const sources = createSources({
    own,
    ports,
    openArchived: (id) => parts().reader.sourceFor(id),
    external: external.source,
    openRemote: createRemoteParts(ports, settings).sourceFor,
  });
  const prices = createPrices({ ...ports, db, writable: false, settings });
  const budget = createBudget({ db, clock, settings: () => settings.get() });
  const market = lazyDemoMarket(ports, true);
  const markets = createMarkets({ ports, demoMarket: market.get });
  const rentals = createRentals({ db, writable: false, clock, logger, markets, onCost: () => {} });
  const history = createHistory(db);
  const offers = createOffers({
    db,
    writable: false,
    clock,
    logger,
    markets,
    history,
    settings: () => settings.get(),
    scopeOf: (name) => agents.scopeOf(name),
  });
  const router = createRouter({
    ports,
    sources,
    jobs: null,
    settings,
    services: createServices({
      ports,
      settings,
      agents,
      prices,
      history,
      budget,
      rentals,
      offers,
      demoUrl,
    }),
    prices,
    budget,
    reports: createCostReports({ db, prices, clock, scopeOf: (name) => agents.scopeOf(name) }),
    agents,
    offers,
    rentals,
    archive: { parts, outbox: null },
    comparisons: new Comparisons(db, clock, false),
    http,
    runeConfig: new RuneConfigStore(db, clock),
    logs,
    retention: createRetentionParts({ ports, db, settings, targets: () => parts().targets, feed: null }),
    demoUrl,
    status: () => null,
    traced: (fn) => fn(),
  });
  return {
    router,
    client: clientOf(router),
    ports,
    http,
    status: () => null,
    onLog: tap.onRecord,
    announce: () => {},
    idle: () => Promise.resolve(),
    drainArchive: () => Promise.resolve(true),
    dispose: async () => {
      sources.dispose();
      external.store.close();
      await archive?.dispose();
      await rentals.dispose();
      await market.close();
      await demo.close();
      db.close();
    },
  };
}

function settingsBeside(db: Db, path: string, clock: Clock, logger: Logger): SettingsStore {
  try {
    return new SettingsStore(db, clock, logger);
  } catch (thrown) {
    db.close();
    throw storeFailure(path, thrown);
  }
}
