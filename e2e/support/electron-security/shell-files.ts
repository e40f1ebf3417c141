import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appRoot } from '#hosts/shared/app-root.ts';

const folder = join(appRoot, 'src-main', 'hosts', 'electron');

/** The sources of the Electron host by file name, without its tests. */
export const shellFiles = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
