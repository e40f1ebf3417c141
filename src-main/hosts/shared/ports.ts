import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger, Ports } from '#core/ports/ports.ts';
import { appRoot, appVersion } from './app-root.ts';
import { createClock } from './clock.ts';
import { createLogger } from './logger.ts';
import { createSecrets, type Keychain } from './secrets.ts';

export interface HostPorts {
  readonly hostKind: Ports['hostKind'];
  readonly dataDir: string;
  readonly keychain: Keychain;
  readonly nativeOpenDialog?: boolean;
  /** Where there is one already. */
  readonly logger?: Logger | undefined;
}

/** What every host gives the engine; only the keychain and the dialogs differ. */
export function createPorts({
  hostKind,
  dataDir,
  keychain,
  nativeOpenDialog = false,
  logger,
}: HostPorts): Ports {
  const env = { ...process.env };
  return {
    hostKind,
    clock: createClock(),
    env,
    logger: logger ?? createLogger(env),
    paths: { dataDir },
    secrets: createSecrets({ env, dataDir, keychain }),
    appVersion,
    platform: `${process.platform}-${process.arch}`,
    nodeVersion: process.versions.node,
    nativeOpenDialog,
    traceWorker: workerUrl('core/sources/trace-worker.ts'),
  };
}

/** From the sources a worker is its own file; the build puts each into out/main/workers. */
function workerUrl(source: string): URL {
  const built = join(appRoot, 'out', 'main', 'workers', basename(source).replace(/\.ts$/, '.js'));
  return pathToFileURL(import.meta.filename.endsWith('.ts') ? join(appRoot, 'src-main', source) : built);
}
