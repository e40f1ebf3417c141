import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appRoot } from '#hosts/shared/app-root.ts';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { APP_ORIGIN, APP_URL } from './app-page.ts';

export interface DesktopSettings {
  readonly dataDir: string;
  readonly preload: string;
  readonly icon: string;
  readonly pageUrl: string;
  readonly pageOrigin: string;
}

/** From the command line, where Chromium's own switches and deep links stand too, and in development the dev server's address. */
export function desktopSettings(argv: readonly string[], devUrl: string | undefined): DesktopSettings {
  const { values } = parseArgs({ args: [...argv], strict: false, options: { data: { type: 'string' } } });
  const page = devUrl === undefined ? null : new URL('/', devUrl);
  return {
    dataDir: dataDirFor(typeof values.data === 'string' ? values.data : undefined),
    preload: join(appRoot, 'out', 'preload', 'preload.cjs'),
    icon: join(appRoot, 'resources', 'icon.png'),
    pageUrl: page?.href ?? APP_URL,
    pageOrigin: page?.origin ?? APP_ORIGIN,
  };
}
