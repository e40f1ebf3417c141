import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('This copy of Runescope is incomplete: its package.json is missing.');
  return findRoot(parent);
}

/** The folder of package.json, from the sources as from out/. */
export const appRoot: string = findRoot(import.meta.dirname);

export const appVersion: string = (
  JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** Where `npm run build` puts the page. */
export const rendererDir: string = join(appRoot, 'out', 'renderer');
