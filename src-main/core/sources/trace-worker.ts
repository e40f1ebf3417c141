import { parentPort } from 'node:worker_threads';
import { openDatabase } from '#core/store/database.ts';
import { readTrace } from '#core/store/trace-reader.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { TraceAnswer, TraceRequest } from './trace-thread.ts';

/** Reads one trace over connections of its own and hands its bytes over without copying them. */
function answer({ id, path, index, shape, jobId, now }: TraceRequest): TraceAnswer {
  const source = openDatabase(path, 'read');
  try {
    // Reading a mapped page of a file that somebody cuts short ends the process.
    source.pragma('mmap_size = 0');
    const indexDb = openDatabase(index.path, index.writable ? 'write' : 'read');
    try {
      return { id, bytes: readTrace({ ...shape, source, index: indexDb }, jobId, now) };
    } finally {
      indexDb.close();
    }
  } catch (thrown) {
    return { id, failure: toFailure(thrown) };
  } finally {
    source.close();
  }
}

parentPort?.on('message', (request: TraceRequest) => {
  const answered = answer(request);
  parentPort?.postMessage(answered, 'bytes' in answered && answered.bytes !== null ? [answered.bytes] : []);
});
