import type { ImportProgress, ListedObject } from '#shared/model/archive.ts';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import { archivedSource, IMPORTED } from '#shared/model/source.ts';
import type { Bytes, EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { runPool, whileRunning } from '../verify/pool.ts';
import { type Verified, verifyObject } from '../verify/verify.ts';
import { provenance, uriOf } from './provenance.ts';
import type { ImportedResults } from './reader.ts';

export interface ImportRequest {
  readonly target: ArchiveTarget;
  readonly keys: readonly string[];
  readonly now: () => EpochSeconds;
  readonly into: ImportedResults;
  readonly listed: (key: string) => ListedObject | null;
  readonly onRead: (verified: Verified) => void;
  readonly signal?: AbortSignal | undefined;
}

const CONCURRENCY = 8;
const BUDGET: Bytes = 64 * 1024 * 1024;
/** Assumed of what the index does not have. */
const UNKNOWN_SIZE: Bytes = 8 * 1024 * 1024;
const PROGRESS_MS: Milliseconds = 100;
/** Every progress holds them. */
const MAX_FAILED = 1000;

/** Imports results that verifying finds nothing wrong with. What was imported stays when it is stopped. */
export async function* importResults(request: ImportRequest): AsyncGenerator<ImportProgress, void> {
  const { target, into, signal, now } = request;
  const keys = [...new Set(request.keys)];
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
  const count = { done: 0, imported: 0, known: 0 };
  const failed: ImportProgress['failed'][number][] = [];
  const progress = (ended: boolean): ImportProgress => ({
    ...count,
    total: keys.length,
    failed: [...failed],
    source: ended ? IMPORTED : null,
  });
  const fail = (key: string, code: FailureCode, message: string): void => {
    if (failed.length < MAX_FAILED) failed.push({ key, code, message });
  };
  const importOne = async (key: string): Promise<void> => {
    // Versions are no question of what a result says.
    const plain = { get: target.get, prefix: target.prefix, versions: null };
    const verified = await verifyObject({
      target: plain,
      key,
      now: now(),
      listed: request.listed(key),
      signal: stopped,
    });
    request.onRead(verified);
    const { record, verification } = verified;
    const wrong = verification.checks.find(({ ok }) => ok === false);
    count.done++;
    if (record === null || wrong !== undefined) {
      fail(key, wrong?.code ?? 'archive.not_a_result', wrong?.message ?? 'It could not be read as a result.');
      return;
    }
    const uri = uriOf(target, key);
    try {
      const source = archivedSource(target.name, key);
      count[
        into.add({
          source,
          uri,
          record,
          bytes_sha256: verification.bytes_sha256,
          notes: provenance(uri, verification, record),
        })
      ]++;
    } catch (thrown) {
      // The disk, or the file: the next result would fare no better.
      if (!(thrown instanceof CodedError) || thrown.code.startsWith('store.')) throw thrown;
      fail(key, thrown.code, thrown.message);
    }
  };
  async function* each(): AsyncGenerator<string> {
    yield* keys;
  }
  const running = runPool(each(), {
    concurrency: CONCURRENCY,
    budget: BUDGET,
    sizeOf: (key) => request.listed(key)?.size_bytes ?? UNKNOWN_SIZE,
    work: importOne,
    isStopped: () => stopped.aborted,
  });
  running.catch(() => {});
  try {
    yield progress(false);
    yield* whileRunning(running, PROGRESS_MS, () => progress(false));
    yield progress(true);
  } finally {
    stop.abort();
    await running.catch(() => {});
  }
}
