import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const packageFolder = (root: string): string => join(root, 'node_modules', 'electron');
const failureNote = (root: string): string =>
  join(root, 'node_modules', '.cache', 'runescope', 'electron-fetch-failed.json');

const version = (root: string): string | null => {
  try {
    return z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(packageFolder(root), 'package.json'), 'utf8'))).version;
  } catch {
    return null;
  }
};

/** The Electron executable that the electron package unpacked, or null; never downloads. */
export function findElectron(root: string): string | null {
  try {
    const inside = readFileSync(join(packageFolder(root), 'path.txt'), 'utf8').trim();
    const path = join(packageFolder(root), 'dist', inside);
    return inside !== '' && existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

const noteSchema = z.object({ at: z.number(), version: z.string().nullable() });

/** Whether fetching this version failed within the last day: then a start does not wait for it again. */
export function failedLately(root: string, now: number = Date.now()): boolean {
  try {
    const note = noteSchema.parse(JSON.parse(readFileSync(failureNote(root), 'utf8')));
    return note.version === version(root) && now - note.at < DAY_MS && now >= note.at;
  } catch {
    return false;
  }
}

function remember(root: string): void {
  mkdirSync(dirname(failureNote(root)), { recursive: true });
  writeFileSync(failureNote(root), JSON.stringify({ at: Date.now(), version: version(root) }));
}

export type FetchOutcome = 'fetched' | 'failed' | 'timed out' | 'skipped';

export interface FetchOptions {
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

/** Lets the electron package fetch its binary, once, with a time limit; Ctrl-C skips it and is not the end of the start. */
export async function fetchElectron(root: string, { timeoutMs, say }: FetchOptions): Promise<FetchOutcome> {
  const script = join(packageFolder(root), 'install.js');
  if (!existsSync(script)) return 'failed';
  say(
    `Fetching Electron ${version(root) ?? ''} once (about 100 MB; Ctrl-C skips it and serves the web app)...`,
  );
  // A process group of its own, so that Ctrl-C reaches this process only.
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let outcome = 'failed' as FetchOutcome;
  const stop = (why: FetchOutcome): void => {
    outcome = why;
    child.kill('SIGKILL');
  };
  const skip = (): void => stop('skipped');
  const die = (): void => {
    child.kill('SIGKILL');
    process.exit(143);
  };
  const timer = setTimeout(() => stop('timed out'), timeoutMs);
  process.on('SIGINT', skip).on('SIGTERM', die);
  child.stderr.resume();
  await new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('exit', (code) => {
      if (code === 0 && findElectron(root) !== null) outcome = 'fetched';
      done();
    });
  });
  clearTimeout(timer);
  process.off('SIGINT', skip).off('SIGTERM', die);
  if (outcome === 'fetched') rmSync(failureNote(root), { force: true });
  else remember(root);
  return outcome;
}
