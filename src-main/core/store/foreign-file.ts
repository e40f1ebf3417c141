import { hash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type Db, openDatabase } from './database.ts';

/**
 * Opening a RUNE store without changing it (docs/adr/0002-opening-foreign-stores.md). A reader of a WAL store needs
 * the -wal and -shm files beside it. They are used where a writer has made them; we make none: without them, or in a
 * folder that may not be written, a private copy is read.
 */
export interface ForeignFile {
  readonly db: Db;
  /** `copy`: what is written to the original shows only after another copy. */
  readonly via: 'place' | 'copy';
  /** What the copied bytes were; for `place` what they were when it was opened. */
  readonly state: string;
  close(): void;
}

export interface ForeignPath {
  /** Symbolic links resolved, as SQLite does to find the siblings. */
  readonly path: string;
  /** Names the private index and copies: of path and inode, so that a file put in its place is another store. */
  readonly digest: string;
  /** May hold no new files, by its permission bits (whoever asks) or by the system's word. */
  readonly folderReadOnly: boolean;
}

const SIDES = ['-wal', '-shm', '-journal'] as const;
const HEADER_BYTES = 100;
/** RUNE locks for milliseconds; waiting longer would freeze every view. */
const BUSY_MS: Milliseconds = 1000;

export function foreignPath(given: string): ForeignPath {
  const path = sees(given, () => realpathSync(given));
  const stat = sees(path, () => statSync(path, { bigint: true }));
  if (!stat.isFile()) throw new CodedError('store.unreadable', `${path} is not a file.`);
  return {
    path,
    digest: hash('sha256', `${path}\n${stat.dev}\n${stat.ino}`, 'hex').slice(0, 16),
    folderReadOnly: isReadOnly(dirname(path)),
  };
}

/** Size and modification time of the file and its -wal: equal when nothing was written in between. */
export function fileState(path: string): string {
  const of = (name: string): string => {
    const stat = statSync(name, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  };
  return `${of(path)} ${of(`${path}-wal`)} ${of(`${path}-journal`)}`;
}

/** Whether a connection to the file itself would find what it needs and leave nothing new behind. */
export function canOpenInPlace({ path, folderReadOnly }: ForeignPath): boolean {
  if (readHeader(path).wal) return !folderReadOnly && has(`${path}-wal`) && has(`${path}-shm`);
  return !has(`${path}-journal`);
}

export async function openForeign(file: ForeignPath, copyDir: string): Promise<ForeignFile> {
  checkHeader(file.path);
  if (canOpenInPlace(file)) {
    try {
      const state = fileState(file.path);
      const db = openDatabase(file.path, 'read', BUSY_MS);
      // Reading a mapped page of a file that somebody cuts short ends the process.
      db.pragma('mmap_size = 0');
      return { db, via: 'place', state, close: () => void db.close() };
    } catch (thrown) {
      // Siblings of another user, or a recovery that only a writer may do: the copy can.
      if (!(thrown instanceof CodedError) || thrown.code !== 'store.unreadable') throw thrown;
    }
  }
  return openCopy(file, copyDir);
}

const TRIES = 5;
let copies = 0;

async function openCopy({ path, digest }: ForeignPath, copyDir: string): Promise<ForeignFile> {
  removeDeadCopies(copyDir, digest);
  const copy = join(copyDir, `${digest}.${process.pid}.${++copies}.db`);
  const remove = (): void => {
    for (const side of ['', ...SIDES]) rmSync(copy + side, { force: true });
  };
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const state = fileState(path);
      remove();
      for (const side of ['', '-wal', '-journal']) await copyIfThere(path + side, copy + side, side === '');
      if (state !== fileState(path)) continue;
      // For writing: a recovery or a rollback then happens in the copy.
      const db = openDatabase(copy, 'write');
      return {
        db,
        via: 'copy',
        state,
        close: () => {
          db.close();
          remove();
        },
      };
    }
  } catch (thrown) {
    remove();
    throw thrown;
  }
  remove();
  throw new CodedError('store.locked', `${path} is being written faster than it can be copied. Try again.`, {
    retryable: true,
  });
}

async function copyIfThere(from: string, to: string, required: boolean): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (thrown) {
    if (!required && codeOf(thrown) === 'ENOENT') return;
    throw fileFailure(from, thrown);
  }
}

/** Copies of processes that ended without removing them. */
function removeDeadCopies(copyDir: string, digest: string): void {
  for (const name of readdirSync(copyDir)) {
    const pid = Number(name.startsWith(`${digest}.`) ? name.split('.')[1] : Number.NaN);
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) continue;
    try {
      process.kill(pid, 0);
    } catch (thrown) {
      if (codeOf(thrown) === 'ESRCH') rmSync(join(copyDir, name), { force: true });
    }
  }
}

interface Header {
  readonly magic: boolean;
  readonly wal: boolean;
  /** What the file should measure; 0 when the header does not say. */
  readonly bytes: number;
  readonly size: number;
}

/** SQLite's file header: version bytes 18 and 19 are 2 in WAL mode; page size at 16, page count at 28. */
function readHeader(path: string): Header {
  return sees(path, () => {
    const header = Buffer.alloc(HEADER_BYTES);
    const fd = openSync(path, 'r');
    try {
      const read = readSync(fd, header, 0, HEADER_BYTES, 0);
      const pageSize = header.readUInt16BE(16);
      const countIsValid = header.readUInt32BE(24) === header.readUInt32BE(92);
      return {
        magic: read === HEADER_BYTES && header.toString('latin1', 0, 16) === 'SQLite format 3\0',
        wal: header[18] === 2 || header[19] === 2,
        bytes: countIsValid ? (pageSize === 1 ? 65_536 : pageSize) * header.readUInt32BE(28) : 0,
        size: statSync(path).size,
      };
    } finally {
      closeSync(fd);
    }
  });
}

function checkHeader(path: string): void {
  const { magic, bytes, size } = readHeader(path);
  if (size === 0) throw new CodedError('store.not_rune', `${path} is empty: RUNE has not written to it.`);
  if (!magic) throw new CodedError('store.not_sqlite', `${path} is not a SQLite database.`);
  if (size < bytes && !has(`${path}-wal`)) {
    throw new CodedError(
      'store.damaged',
      `${path} is cut short: ${size} of ${bytes} bytes are there. Copy it again from where it came; nothing was changed.`,
    );
  }
}

function isReadOnly(folder: string): boolean {
  if ((statSync(folder).mode & 0o222) === 0) return true;
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

const has = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
const codeOf = (thrown: unknown): unknown => (thrown as { code?: unknown }).code;

function sees<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (thrown) {
    throw fileFailure(path, thrown);
  }
}

function fileFailure(path: string, thrown: unknown): unknown {
  const code = codeOf(thrown);
  const name = basename(path);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CodedError('store.not_found', `There is no file ${path}.`);
  if (code === 'ENOSPC') {
    return new CodedError('store.full', `There is no room for a private copy of ${name}. Free some space.`, {
      retryable: true,
    });
  }
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return new CodedError('store.unreadable', `${path} cannot be read (${code}).`, { cause: thrown });
  }
  return thrown;
}
