import { createRouterClient, implement, ORPCError, type Router, ValidationError } from '@orpc/server';
import { contract } from '#shared/contract/contract.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import type { EngineStatus } from '#shared/contract/types.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import { OWN } from '#shared/model/source.ts';
import type { AgentRegistry } from './agents/registry.ts';
import { type ArchiveDeps, archiveRoutes } from './archive-routes.ts';
import type { BackendEndpoint } from './backends/backend.ts';
import { discoverBackends, testBackend } from './backends/discovery.ts';
import { createBackend } from './backends/registry.ts';
import { type CompareDeps, compareRoutes } from './compare-routes.ts';
import { costRoutes } from './cost-routes.ts';
import type { Budget } from './costs/budget.ts';
import type { PriceBook } from './costs/prices/prices.ts';
import type { CostReports } from './costs/reports.ts';
import type { HttpBoard } from './http/board.ts';
import { inputProblems } from './input-problems.ts';
import type { Jobs } from './jobs/jobs.ts';
import { noBackend } from './jobs/kinds/ask.ts';
import type { Services } from './jobs/kinds/services.ts';
import type { Logs } from './log-parts.ts';
import { offerRoutes, rentalRoutes } from './offer-routes.ts';
import type { Offers } from './offers/seams.ts';
import type { Ports } from './ports/ports.ts';
import { connectRemote, elsewhere } from './remote-parts.ts';
import type { Retention } from './retention/retention.ts';
import type { RuneConfigStore } from './settings/rune-config.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { Sources } from './sources/sources.ts';
import { watchChanges } from './sources/watch.ts';
import { storeFailure } from './store/database.ts';
import type { Rentals } from './vastai/seams.ts';

export interface RouterDeps {
  readonly ports: Ports;
  readonly sources: Sources;
  /** Null in an engine that only reads. */
  readonly jobs: Jobs | null;
  readonly settings: SettingsStore;
  readonly services: Services;
  readonly prices: PriceBook;
  readonly budget: Budget;
  readonly reports: CostReports;
  readonly agents: AgentRegistry;
  readonly offers: Offers;
  readonly rentals: Rentals;
  readonly archive: Omit<ArchiveDeps, 'sources'>;
  readonly comparisons: CompareDeps['comparisons'];
  readonly http: HttpBoard;
  readonly runeConfig: RuneConfigStore;
  readonly logs: Pick<Logs, 'list'>;
  readonly retention: Pick<Retention, 'preview' | 'run'>;
  /** Null in an engine that only reads. */
  status(): EngineStatus | null;
  demoUrl(): Promise<string>;
  /** Runs `fn` with spans going to the store, outside any job. */
  traced<T>(fn: () => Promise<T>): Promise<T>;
}

const NEVER = new AbortController().signal;

export type ContractRouter = Router<typeof contract, Record<never, never>>;

/** The contract, implemented over the engine's features. */
export function createRouter(deps: RouterDeps): ContractRouter {
  const { ports, sources, settings, agents } = deps;
  const os = implement(contract).use(async ({ next, path, signal }) => {
    const coded = (thrown: unknown): unknown => {
      // Who left hears nothing.
      if (signal?.aborted === true) return thrown;
      const failure = failureOf(thrown, ports.paths.dataDir);
      if (failure.code === 'internal') {
        ports.logger.log({
          level: 'error',
          event: 'engine.bug',
          message: `${path.join('.')}: ${stackOf(thrown)}`,
        });
      }
      return new ORPCError('FAILED', { message: failure.message, data: failure });
    };
    try {
      const answer = await next();
      return isStream(answer.output) ? { ...answer, output: codedStream(answer.output, coded) } : answer;
    } catch (thrown) {
      throw coded(thrown);
    }
  });
  const jobs = (): Jobs => {
    if (deps.jobs !== null) return deps.jobs;
    throw new CodedError(
      'source.cannot_provide',
      'This process only reads: jobs are run by the process that owns the data directory.',
    );
  };
  const endpointOf = async (address: Parameters<Services['endpoint']>[0]): Promise<BackendEndpoint> => {
    const endpoint = await deps.services.endpoint(address, true);
    if (endpoint === null) throw noBackend(address.backend_type);
    return endpoint;
  };

  const fresh = async (at: { readonly source: string; readonly job_id: string }) => {
    const source = await sources.get(at.source);
    await source.freshen?.(at.job_id);
    return source;
  };

  return os.router({
    app: {
      info: os.app.info.handler(() => ({
        version: ports.appVersion,
        host_kind: ports.hostKind,
        platform: ports.platform,
        node: ports.nodeVersion,
        data_dir: ports.paths.dataDir,
        keychain: ports.secrets.keychain,
        native_open_dialog: ports.nativeOpenDialog,
      })),
    },
    sources: {
      list: os.sources.list.handler(() => sources.list()),
      open: os.sources.open.handler(async ({ input }) => (await sources.open(input.path)).info()),
      connect: os.sources.connect.handler(({ input }) => connectRemote(sources, input.remote)),
      close: os.sources.close.handler(({ input }) => sources.close(input.source)),
    },
    jobs: {
      list: os.jobs.list.handler(async ({ input }) => (await sources.get(input.source)).listJobs(input)),
      facets: os.jobs.facets.handler(async ({ input }) => (await sources.get(input.source)).facets()),
      get: os.jobs.get.handler(async ({ input }) => (await fresh(input)).job(input.job_id)),
      create: os.jobs.create.handler(async ({ input, signal }) => {
        const { kind, approved_usd, ...about } = input;
        if (input.source !== OWN)
          return (await elsewhere(sources, input.source)).create(input, signal ?? NEVER);
        const queue = jobs();
        const request = parseRequest(kind, input.request);
        const known = queue.known(kind, about);
        if (known !== null) return known;
        return deps
          .traced(() =>
            deps.services.gate.admit(kind, request, approved_usd, signal ?? NEVER, (pass) =>
              queue.create(pass, about),
            ),
          )
          .catch((thrown: unknown) => {
            // The same call, made twice at once: the other one has taken the money.
            const other = queue.known(kind, about);
            if (other !== null) return other;
            throw thrown;
          });
      }),
      cancel: os.jobs.cancel.handler(async ({ input }) =>
        (input.source === OWN ? jobs() : await elsewhere(sources, input.source)).cancel(input.job_id),
      ),
    },
    trace: {
      columns: os.trace.columns.handler(
        async ({ input }) => new Blob([await (await fresh(input)).trace(input.job_id)]),
      ),
      span: os.trace.span.handler(async ({ input }) =>
        (await sources.get(input.source)).span(input.job_id, input.span_id, input.event_id),
      ),
      export: os.trace.export.handler(async ({ input }) =>
        (await fresh(input)).exportTrace(input.job_id, input.format),
      ),
    },
    events: {
      list: os.events.list.handler(async ({ input: { source, job_id, after_id, limit } }) =>
        (await sources.get(source)).events(job_id, after_id, limit),
      ),
      summary: os.events.summary.handler(async ({ input: { source, job_id, tenant_id } }) => {
        const from = await sources.get(source);
        if (tenant_id !== undefined && job_id === undefined) return from.tenantSummary(tenant_id);
        const inMemory =
          source === OWN && job_id !== undefined ? deps.jobs?.summaryInMemory(job_id) : undefined;
        return inMemory ?? from.summary(job_id);
      }),
    },
    artifacts: {
      get: os.artifacts.get.handler(async ({ input: { source, job_id, artifact_id } }) =>
        (await sources.get(source)).artifact(job_id, artifact_id),
      ),
    },
    chains: {
      state: os.chains.state.handler(async ({ input }) => (await fresh(input)).chain(input.job_id)),
    },
    logs: { list: os.logs.list.handler(({ input, signal }) => deps.logs.list(input, signal)) },
    retention: {
      preview: os.retention.preview.handler(() => deps.retention.preview()),
      run: os.retention.run.handler(({ input }) => deps.retention.run(input.token)),
    },
    http: {
      status: os.http.status.handler(() => deps.http.status()),
      config: {
        get: os.http.config.get.handler(({ input }) => deps.runeConfig.get(input.tenant_id)),
        set: os.http.config.set.handler(({ input }) => deps.runeConfig.set(input.tenant_id, input.config)),
      },
    },
    live: {
      watch: os.live.watch.handler(async ({ input, signal }) => {
        const source = await sources.get(input.source);
        return watchChanges(
          {
            subscribe: (listener) => source.onChange(listener, input.job_id),
            status: () => (input.source === OWN ? deps.status() : null),
          },
          input.job_id,
          AbortSignal.any([sources.untilClosed(input.source), ...(signal === undefined ? [] : [signal])]),
        );
      }),
    },
    backends: {
      discover: os.backends.discover.handler(async () => [
        ...(await discoverBackends()),
        {
          backend_type: 'demo' as const,
          product: 'demo',
          base_url: await deps.demoUrl(),
          models: ['demo', 'demo-small', 'demo-large'],
        },
      ]),
      models: os.backends.models.handler(async ({ input, signal }) => {
        const endpoint = await endpointOf(input);
        return deps.traced(() => createBackend(endpoint).listModels(signal ?? new AbortController().signal));
      }),
      test: os.backends.test.handler(async ({ input }) => testBackend(await endpointOf(input))),
    },
    agents: {
      list: os.agents.list.handler(() => agents.list()),
      test: os.agents.test.handler(({ input }) => agents.test(input.agent)),
    },
    archive: archiveRoutes(os.archive, { ...deps.archive, sources }),
    costs: costRoutes(os.costs, {
      settings,
      estimator: deps.services.estimator,
      gate: deps.services.gate,
      budget: deps.budget,
      prices: deps.prices,
      reports: deps.reports,
      traced: deps.traced,
    }),
    offers: offerRoutes(os.offers, deps),
    rentals: rentalRoutes(os.rentals, deps),
    compare: compareRoutes(os.compare, { sources, comparisons: deps.comparisons }),
    settings: {
      get: os.settings.get.handler(() => settings.get()),
      set: os.settings.set.handler(({ input }) => settings.set(input)),
    },
    secrets: {
      list: os.secrets.list.handler(() => ports.secrets.list()),
      set: os.secrets.set.handler(async ({ input }) => {
        await ports.secrets.set(input.name, input.value, input.allow_plain_text);
        // It may be what a target or a collector waits for, or the key to what runs on a market.
        deps.archive.outbox?.targetsChanged();
        deps.http.secretChanged(input.name);
        deps.rentals.start();
      }),
      remove: os.secrets.remove.handler(async ({ input }) => {
        await ports.secrets.remove(input.name);
        deps.archive.outbox?.targetsChanged();
        deps.http.secretChanged(input.name);
      }),
    },
  });
}

export const clientOf = (router: ContractRouter) => createRouterClient(router);

type Stream = AsyncIteratorObject<unknown, unknown, unknown>;

const isStream = (output: unknown): output is Stream =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output && 'next' in output;

/** A stream fails when it is read, long after the call itself was answered. */
function codedStream(stream: Stream, coded: (thrown: unknown) => unknown): Stream {
  const failing = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (thrown) {
      throw coded(thrown);
    }
  };
  const wrapped: Stream = {
    next: (value) => failing(() => stream.next(value)),
    return: (value) => failing(async () => (await stream.return?.(value)) ?? { done: true, value }),
    [Symbol.asyncIterator]: () => wrapped,
    [Symbol.asyncDispose]: async () => void (await wrapped.return?.()),
  };
  return wrapped;
}

/** Contract validation is bad input, said field by field; a failure passes, a full disk becomes one; the rest is a bug. */
function failureOf(thrown: unknown, dataDir: string): Failure {
  if (
    thrown instanceof ORPCError &&
    thrown.cause instanceof ValidationError &&
    thrown.code === 'BAD_REQUEST'
  ) {
    const problems = inputProblems(thrown.cause.issues);
    const secret = thrown.cause.issues.some(
      (issue) => 'params' in issue && (issue.params as { code?: unknown }).code === 'request.secret_in_url',
    );
    return secret
      ? {
          code: 'request.secret_in_url',
          message: `${problems.join('; ')}. Store it in Settings under a name and give the bare URL.`,
        }
      : { code: 'request.invalid', message: `The input is not valid. ${problems.join('; ')}.` };
  }
  return toFailure(storeFailure(dataDir, thrown));
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
