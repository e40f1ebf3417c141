import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CodedError } from '#shared/model/failure.ts';

const MAX_BYTES = 4 * 1024 * 1024;

const namedValues = z.object({ values: z.record(z.string(), z.string()) });

/** The values by name in a JSON file that only its owner may read; a file that others could read is closed to them first. */
export function readNamedValues(path: string): Readonly<Record<string, string>> {
  let text: string;
  try {
    const { mode, size } = statSync(path);
    if (size > MAX_BYTES) throw damaged(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) chmodSync(path, 0o600);
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw thrown;
  }
  try {
    return namedValues.parse(JSON.parse(text)).values;
  } catch {
    throw damaged(path);
  }
}

const damaged = (path: string): CodedError =>
  new CodedError(
    'secret.unavailable',
    `${path} cannot be read as Runescope wrote it. Repair it or move it away.`,
  );

/** Replaces the file whole or not at all; it is never readable by others, not even for a moment. */
export function writeNamedValues(path: string, note: string, values: Readonly<Record<string, string>>): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ note, values }, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
