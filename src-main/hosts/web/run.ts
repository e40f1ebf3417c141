import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine, type Engine } from '#core/engine.ts';
import { startHttpServer } from '#core/http/server.ts';
import type { Logger } from '#core/ports/ports.ts';
import { readOwner } from '#core/store/ownership.ts';
import { askOwnerToShow } from '#hosts/local/connect.ts';
import { serveLocal } from '#hosts/local/serve.ts';
import { rendererDir } from '#hosts/shared/app-root.ts';
import { enterHttpMode } from '#hosts/shared/http-mode.ts';
import { type OpenApi, openApi, startHttpParts } from '#hosts/shared/http-parts.ts';
import { createPorts } from '#hosts/shared/ports.ts';
import { noKeychain } from '#hosts/shared/secrets.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { ListenAddress } from './listen.ts';
import { hasDisplay, openBrowser } from './open-browser.ts';
import { startWebHost } from './server.ts';

export interface RunWebOptions {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Open the default browser where there is a display. */
  readonly open: boolean;
  /** The dev server in place of the built page. */
  readonly devUrl?: string | undefined;
  /** Where RUNE's API is answered beside the page's port. */
  readonly listen?: ListenAddress | null | undefined;
}

/** One line on stdout: the launch URL and nothing else. */
type TellUrl = (url: string) => void;
const toStdout: TellUrl = (url) => void process.stdout.write(`${url}\n`);

const OWNER_STARTS_MS = 5000;

/**
 * Serves the web app until a signal ends it; resolves when everything is closed. Where another process already serves
 * this data directory, shows that one instead. Throws coded failures (`engine.*`, `store.*`, `request.invalid`).
 */
export async function runWebHost(options: RunWebOptions, tellUrl: TellUrl = toStdout): Promise<void> {
  const { dataDir, port, devUrl, listen = null } = options;
  const stopped = untilSignal();
  const hostPorts = createPorts({
    hostKind: 'web',
    dataDir,
    logger: enterHttpMode(),
    keychain: noKeychain('The web app has no keychain: that belongs to the desktop app.'),
  });
  const engine = await createEngine(hostPorts, { mode: 'own' }).catch((thrown: unknown) => {
    if (thrown instanceof CodedError && thrown.code === 'engine.already_running') return null;
    throw thrown;
  });
  if (engine === null) {
    await showOwner(options, hostPorts.logger, tellUrl);
    return;
  }
  const { ports } = engine;
  const { logger } = ports;
  const running: { close(): Promise<void> }[] = [];
  try {
    const page = devUrl === undefined ? { rendererDir } : { devUrl };
    const api = await openApi(engine, ports, listen?.beyondLoopback);
    // Closed first: streams that end let their servers close.
    if (api !== null) running.push({ close: async () => api.drain() });
    const routes = api === null ? [] : [api.route];
    const web = await startWebHost({ engine, logger, port, page, routes }).catch(explainPort(port));
    running.push(web);
    const far = listen === null || api === null ? null : await startHttpServer({ ...listen, routes }, logger);
    if (far !== null) running.push(far);
    const url = far?.url ?? new URL(web.url).origin;
    running.push(await startHttpParts(engine, ports, api === null ? null : { url, api }));
    logger.log({
      level: 'info',
      event: 'http.listening',
      message: `The app is at ${web.url}.`,
      fields: { url: web.url },
    });
    if (api !== null) {
      const fields = { url: `${url}/v1`, auth: api.auth };
      logger.log({ level: 'info', event: 'http.listening', message: saidOf(url, api), fields });
    }
    const show = async (): Promise<string> => web.newLaunchUrl();
    const local = await serveLocal(engine, dataDir, { logger, show });
    running.push(local);
    engine.announce(local.address);
    await present(web.launchUrl, options, logger, tellUrl);
    const signal = await stopped;
    logger.log({
      level: 'info',
      event: 'host.closing',
      message: 'Runescope is closing.',
      fields: { signal },
    });
  } finally {
    await closeAll(running, engine);
  }
}

const saidOf = (url: string, { auth, tenants }: OpenApi): string =>
  auth
    ? `RUNE's API is at ${url}/v1 for ${tenants.length === 1 ? 'tenant' : 'tenants'} ${tenants.join(', ')}.`
    : `RUNE's API is at ${url}/v1 without authentication (RUNE_API_AUTH_DISABLED), as tenant default.`;

async function closeAll(running: readonly { close(): Promise<void> }[], engine: Engine): Promise<void> {
  await Promise.all(running.map((each) => each.close()));
  await engine.dispose();
}

async function present(
  url: string,
  { open }: RunWebOptions,
  logger: Logger,
  tellUrl: TellUrl,
): Promise<void> {
  const say = (level: 'info' | 'warn', message: string): void =>
    logger.log({ level, event: 'host.said', message });
  say('info', 'Runescope is running. The link on stdout lets one browser in, once; Ctrl-C ends it.');
  tellUrl(url);
  if (open && hasDisplay() && !(await openBrowser(url)))
    say('warn', 'No browser could be opened: open the link yourself.');
}

/** The owner may only just be starting: it has the lock, and no address yet. */
async function showOwner(options: RunWebOptions, logger: Logger, tellUrl: TellUrl): Promise<void> {
  const deadline = Date.now() + OWNER_STARTS_MS;
  for (;;) {
    const address = readOwner(options.dataDir)?.address ?? null;
    try {
      if (address === null) throw alreadyRunning(options.dataDir);
      const url = await askOwnerToShow(address);
      if (url !== null) await present(url, options, logger, tellUrl);
      else {
        const message = 'Runescope is already running: its window came to the front.';
        logger.log({ level: 'info', event: 'host.said', message });
      }
      return;
    } catch (thrown) {
      const retryable = thrown instanceof CodedError && thrown.retryable === true;
      if (!retryable || Date.now() > deadline) throw thrown;
      await sleep(100);
    }
  }
}

const alreadyRunning = (dataDir: string): CodedError =>
  new CodedError(
    'engine.already_running',
    `Another Runescope process holds ${dataDir} and does not answer. End it, or give another --data directory.`,
    { retryable: true },
  );

const explainPort =
  (port: number) =>
  (thrown: NodeJS.ErrnoException): never => {
    if (thrown.code === 'EADDRINUSE') {
      throw new CodedError('request.invalid', `Port ${port} is taken: give another with --port, or none.`);
    }
    if (thrown.code === 'EACCES') {
      throw new CodedError('request.invalid', `Port ${port} needs more rights: give one above 1023.`);
    }
    throw thrown;
  };

/** The first signal closes in order; a second one is a person who will not wait. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}
