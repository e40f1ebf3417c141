import type { Engine } from '#core/engine.ts';
import { readAccess } from '#core/http/api/access.ts';
import { type Api, createApi } from '#core/http/api/api.ts';
import { createMetricsRoute } from '#core/http/metrics/metrics-route.ts';
import type { HttpServer } from '#core/http/seams.ts';
import { startHttpServer } from '#core/http/server.ts';
import type { Logger, Ports } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import { keepListening } from './keep-listening.ts';

type Served = Pick<Engine, 'client' | 'http' | 'status' | 'onLog'>;

export interface OpenApi extends Api {
  readonly auth: boolean;
  readonly tenants: readonly string[];
}

/** RUNE's API over this engine; null where nobody was given access. Throws `http.refused` for access that is not safe. */
export async function openApi(
  engine: Pick<Engine, 'client'>,
  ports: Ports,
  beyondLoopback = false,
): Promise<OpenApi | null> {
  const access = await readAccess(ports.env, ports.secrets, beyondLoopback);
  if (access === null) return null;
  const api = createApi({
    client: engine.client,
    env: ports.env,
    clock: ports.clock,
    logger: ports.logger,
    access,
    version: ports.appVersion,
  });
  return { ...api, auth: access.auth, tenants: access.tenants };
}

export interface HttpParts {
  close(): Promise<void>;
}

/** Where else the API is answered: on the page's own port, by whoever serves it. */
export interface MountedApi {
  readonly url: string;
  readonly api: OpenApi;
}

/** Opens what the settings want to listen on ports of its own, and follows them. Any host calls it, once. */
export async function startHttpParts(
  engine: Served,
  ports: Ports,
  mounted: MountedApi | null = null,
): Promise<HttpParts> {
  const { http } = engine;
  const { logger } = ports;
  let own: OpenApi | null = null;
  const api = keepListening({
    name: "RUNE's API",
    logger,
    wanted: () => (http.settings().api.enabled ? http.settings().api.port : null),
    open: async (port) => {
      own = await openApi(engine, ports);
      if (own === null)
        throw new CodedError(
          'http.refused',
          'Nobody may call it: set RUNE_API_TOKENS="tenant:secret" in the environment or as a secret.',
        );
      const { drain, route } = own;
      const server = await startHttpServer({ host: '127.0.0.1', port, routes: [route] }, logger);
      return {
        url: server.url,
        close: async (drainMs) => {
          drain();
          await server.close(drainMs);
        },
      };
    },
  });
  http.report('api', () => {
    const listening = api.state();
    const of = listening.url === null ? (mounted?.api ?? own) : own;
    return {
      ...listening,
      enabled: listening.enabled || mounted !== null,
      url: listening.url ?? mounted?.url ?? null,
      tenants: of?.tenants ?? [],
      auth: of?.auth ?? true,
    };
  });
  const metrics = keepListening({
    name: 'GET /metrics',
    logger,
    wanted: () => (http.settings().metrics.enabled ? http.settings().metrics.port : null),
    open: (port) => openMetrics(engine, logger, port),
  });
  http.report('metrics', metrics.state);
  const parts = [api, metrics];
  http.onSettings(() => {
    for (const part of parts) void part.apply();
  });
  await Promise.all(parts.map((part) => part.apply()));
  return { close: async () => void (await Promise.all(parts.map((part) => part.close()))) };
}

/** Counts from now on: nobody pays for metrics who does not want them. */
async function openMetrics(engine: Served, logger: Logger, port: number): Promise<HttpServer> {
  const { createMetrics } = await import('#core/http/metrics/metrics.ts');
  const metrics = createMetrics({
    engine: engine.status,
    http: engine.http.status,
    jobs: async () => (await engine.client.jobs.facets({})).status,
  });
  const stop = engine.onLog(metrics.count);
  try {
    const route = createMetricsRoute(metrics, logger);
    const server = await startHttpServer({ host: '127.0.0.1', port, routes: [route] }, logger);
    return {
      url: server.url,
      close: async (drainMs) => {
        stop();
        await server.close(drainMs);
      },
    };
  } catch (thrown) {
    stop();
    throw thrown;
  }
}
