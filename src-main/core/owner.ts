import { join } from 'node:path';
import type { EngineStatus } from '#shared/contract/types.ts';
import { toFailure } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { createAgentRegistry } from './agents/registry.ts';
import { archiveEntries, makeEntries } from './archive/delivery/job-entries.ts';
import { createOutbox } from './archive/delivery/outbox.ts';
import { archiveTrouble, createArchiveParts, describeTargets } from './archive-parts.ts';
import { Comparisons } from './compare/comparisons.ts';
import { createBudget } from './costs/budget.ts';
import { createHistory } from './costs/history.ts';
import { createPrices } from './costs/prices/prices.ts';
import { createCostReports } from './costs/reports.ts';
import type { Engine } from './engine.ts';
import { createHttpBoard } from './http/board.ts';
import { JobStore } from './jobs/job-store.ts';
import { createJobs } from './jobs/jobs.ts';
import { createWorkflows } from './jobs/kinds/workflows.ts';
import { JobRunner } from './jobs/runner.ts';
import { sweepInterrupted } from './jobs/sweep.ts';
import { lazyDemo, lazyDemoMarket } from './lazy-demo.ts';
import { createLogs } from './log-parts.ts';
import { tapLogger } from './logs/log-tap.ts';
import { createOffers } from './offers/offers.ts';
import { createOtlpOut } from './otlp-out-parts.ts';
import { createExternalTraces, createOtlpIn } from './otlp-parts.ts';
import type { Logger, Ports } from './ports/ports.ts';
import { createRemoteParts } from './remote-parts.ts';
import { createRetentionParts } from './retention-parts.ts';
import { clientOf, createRouter } from './router.ts';
import { createServices } from './services.ts';
import { RuneConfigStore } from './settings/rune-config.ts';
import { SettingsStore } from './settings/settings-store.ts';
import type { JobSource } from './sources/job-source.ts';
import { createOwnSource } from './sources/own-source.ts';
import { createSources } from './sources/sources.ts';
import { createTraceThread } from './sources/trace-thread.ts';
import { catchUpOwn } from './store/catch-up.ts';
import { createChangeFeed } from './store/change-feed.ts';
import { type Db, storeFailure } from './store/database.ts';
import { EventWriter } from './store/event-writer.ts';
import { watchOtherWriters } from './store/file-watch.ts';
import { openOwn, ownStorePath } from './store/own-file.ts';
import { WORTH_PACKING } from './store/trace-reader.ts';
import type { Collector } from './telemetry/collector.ts';
import { teeCollector } from './telemetry/collectors/tee.ts';
import { newSpanId, withContext } from './telemetry/span.ts';
import { createMarkets } from './vastai/client/markets.ts';
import { createRentals } from './vastai/ledger/rentals.ts';

export async function createOwner(host: Ports, alsoCollect: Collector): Promise<Engine> {
  const { clock, paths } = host;
  const path = ownStorePath(paths.dataDir);
  const { db, ownership } = openOwn(paths.dataDir, toEpochSeconds(clock.nowUs()));
  const closers: (() => void | Promise<void>)[] = [() => void db.close()];
  const onClose = <T extends () => void | Promise<void>>(close: T): void => void closers.unshift(close);
  const dispose = async (): Promise<void> => {
    // What one part cannot close must not keep the rest open, least of all the store and its lock.
    const failures: unknown[] = [];
    for (const close of closers.splice(0)) {
      try {
        await close();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'The engine could not be closed in order.');
  };
  try {
    onClose(() => ownership.release());
    const tap = tapLogger(host.logger);
    const logs = createLogs({ ...host, logger: tap.logger }, db, () => settings.get().logs);
    onClose(() => logs.close());
    const { ports, secretValues } = logs;
    const { logger } = ports;
    catchUpOwn(db);

    const settings = new SettingsStore(db, clock, logger);
    const http = createHttpBoard(settings);
    const feed = createChangeFeed();
    const writer = new EventWriter(db, feed, clock, logger);
    onClose(() => writer.close());
    const watching = watchOtherWriters(db, path, () => writer.takeOver());
    onClose(() => watching.close());
    const external = createExternalTraces(ports, true);
    onClose(() => external.store.close());
    const otlpIn = createOtlpIn({
      ports,
      db,
      writer,
      feed,
      external: external.store,
      board: http,
      secretValues,
    });
    onClose(() => otlpIn.close());
    const thread = ports.traceWorker === undefined ? null : createTraceThread(ports.traceWorker);
    onClose(() => thread?.close());
    const own = createOwnSource({ db, path, feed, clock, thread });
    const archive = createArchiveParts({ ports, settings, own, ownDb: db, thread });
    onClose(() => archive.dispose());
    const { targets } = archive;
    const outbox = createOutbox({
      db,
      targets: () => targets.delivering(),
      clock,
      logger,
      onChange: () => feed.emit(NOTHING),
      entriesOf: (jobId) => makeEntries({ source: own, db, jobId, ports, targets: targets.delivering() }),
    });
    targets.onChange(() => outbox.targetsChanged());
    onClose(() => outbox.dispose());
    const otlpOut = createOtlpOut({ ports, db, own, board: http });
    onClose(() => otlpOut.close());
    const store = new JobStore({
      db,
      writer,
      feed,
      clock,
      logger,
      owner: ownership.self,
      enqueueResult: (jobId) => {
        otlpOut.enqueue(jobId);
        outbox.enqueue(
          jobId,
          archiveEntries({
            source: own,
            db,
            jobId,
            ports,
            targets: targets.delivering(),
            unsuccessful: settings.get().archive.unsuccessful,
          }),
        );
      },
      beforeEnd: () => logs.flush(),
      onEnded: (jobId) => {
        outbox.wake();
        otlpOut.wake();
        packLargeTrace(db, own, jobId, logger);
      },
    });
    const workRoot = join(paths.dataDir, 'work');
    const swept = sweepInterrupted(db, store, writer, workRoot);

    const demo = lazyDemo(settings);
    onClose(() => demo.close());
    const demoUrl = async (): Promise<string> => (await demo.get()).url;
    const agents = createAgentRegistry({
      env: ports.env,
      settings: () => settings.get(),
      secrets: ports.secrets,
      otlpEndpoint: () => otlpIn.endpoint,
    });
    const prices = createPrices({ ...ports, db, writable: true, settings });
    const budget = createBudget({ db, clock, settings: () => settings.get() });
    const market = lazyDemoMarket(ports, false);
    onClose(() => market.close());
    const markets = createMarkets({ ports, demoMarket: market.get });
    const rentals = createRentals({
      db,
      writable: true,
      clock,
      logger,
      markets,
      onCost: (jobId, usd) => store.setRentalCost(jobId, usd),
    });
    onClose(() => rentals.dispose());
    for (const jobId of swept.renting) {
      const usd = rentals.ledger.costOf(jobId, toEpochSeconds(clock.nowUs()));
      if (usd !== null) store.setRentalCost(jobId, usd);
    }
    const history = createHistory(db);
    const offers = createOffers({
      db,
      writable: true,
      clock,
      logger,
      markets,
      history,
      settings: () => settings.get(),
      scopeOf: (name) => agents.scopeOf(name),
    });
    const services = createServices({
      ports,
      settings,
      agents,
      prices,
      history,
      budget,
      rentals,
      offers,
      demoUrl,
    });
    const runner = new JobRunner(
      { store, workflows: createWorkflows(services), clock, logger, workRoot },
      settings.get().jobs.concurrency,
    );
    settings.onChange((changed) => runner.setConcurrency(changed.jobs.concurrency));
    onClose(() => runner.dispose());
    const jobs = createJobs({
      store,
      runner,
      sqlite: writer,
      alsoCollect: teeCollector(alsoCollect, logs.spans),
      settings: () => settings.get(),
    });
    const remotes = createRemoteParts(ports, settings, thread);
    const sources = createSources({
      own,
      ports,
      openArchived: (id) => archive.reader.sourceFor(id),
      external: external.source,
      openRemote: remotes.sourceFor,
      thread,
    });
    onClose(() => sources.dispose());
    settings.onChange(() => {
      for (const id of remotes.stale()) sources.close(id);
    });
    const retention = createRetentionParts({ ports, db, settings, targets: () => targets, feed });
    onClose(() => retention.close());
    outbox.wake();
    otlpOut.wake();
    rentals.start();
    retention.start();
    await otlpIn.settled();

    const status = (): EngineStatus => ({
      collector: 'sqlite',
      ...writer.health(),
      running: runner.running,
      queued: runner.queued,
      archive_pending: outbox.pendingCount(),
      archive_trouble: archiveTrouble(describeTargets(targets, outbox)),
    });
    const router = createRouter({
      ports,
      sources,
      jobs,
      settings,
      services,
      prices,
      budget,
      reports: createCostReports({ db, prices, clock, scopeOf: (name) => agents.scopeOf(name) }),
      agents,
      offers,
      rentals,
      archive: { parts: () => archive, outbox },
      comparisons: new Comparisons(db, clock, true),
      http,
      runeConfig: new RuneConfigStore(db, clock),
      logs,
      retention,
      demoUrl,
      status,
      traced: (fn) =>
        withContext(
          {
            collector: teeCollector(writer, logs.spans),
            clock,
            trace_id: newTraceId(),
            job_id: null,
            tenant_id: null,
            parent_span_id: null,
          },
          fn,
        ),
    });
    logs.started({ host_kind: ports.hostKind, version: ports.appVersion, interrupted_jobs: swept.jobs });
    return {
      router,
      client: clientOf(router),
      ports,
      http,
      status,
      onLog: tap.onRecord,
      announce: (address) => ownership.announce(address),
      idle: () => runner.idle(),
      drainArchive: (timeoutMs) => outbox.drain(timeoutMs),
      dispose,
    };
  } catch (thrown) {
    await dispose();
    throw storeFailure(path, thrown);
  }
}

const NOTHING = { jobs: [], spans: [] } as const;
const newTraceId = (): string => newSpanId() + newSpanId();

/** Reading a finished trace packs it: done when its job ends, the first look at a large one is as quick as the next. */
function packLargeTrace(db: Db, own: JobSource, jobId: string, logger: Logger): void {
  const spans = db.prepare('SELECT span_count FROM rs_job WHERE job_id = ?').pluck().get(jobId) as number;
  if (spans < WORTH_PACKING) return;
  own.trace(jobId).catch((thrown: unknown) => {
    logger.log({
      level: 'warn',
      event: 'trace.not_packed',
      message: toFailure(thrown).message,
      job_id: jobId,
    });
  });
}
