import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = dirname(import.meta.dirname);

/** The sources of the Electron host by file name, without its tests. */
export const shellFiles = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
