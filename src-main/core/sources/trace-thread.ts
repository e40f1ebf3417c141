import { Worker } from 'node:worker_threads';
import type { TraceThread } from '#core/store/rune-store.ts';
import type { TraceStore } from '#core/store/trace-reader.ts';
import { CodedError, type Failure } from '#shared/model/failure.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';

export interface TraceRequest {
  readonly id: number;
  readonly path: string;
  readonly index: { readonly path: string; readonly writable: boolean };
  readonly shape: Pick<TraceStore, 'recorded' | 'quantised' | 'hasEvents'>;
  readonly jobId: string;
  readonly now: EpochMicroseconds;
}
export type TraceAnswer =
  | { readonly id: number; readonly bytes: ArrayBuffer | null }
  | { readonly id: number; readonly failure: Failure };

interface Waiting {
  readonly resolve: (bytes: ArrayBuffer | null) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * A thread that builds large traces, started when the first is asked for. It does not keep the process alive. `url` is
 * trace-worker's, from the host: bundlers do not rewrite worker URLs.
 */
export function createTraceThread(url: URL): TraceThread & { close(): void } {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;

  const start = (): Worker => {
    const started = new Worker(url);
    const fail = (thrown: unknown): void => {
      if (worker !== started) return;
      worker = null;
      for (const { reject } of waiting.values()) reject(thrown);
      waiting.clear();
    };
    started.unref();
    started.on('message', (answer: TraceAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('bytes' in answer) asked?.resolve(answer.bytes);
      else asked?.reject(new CodedError(answer.failure.code, answer.failure.message));
    });
    started.on('error', fail);
    started.on('exit', () => fail(new CodedError('internal', 'The thread that reads traces has ended.')));
    return started;
  };
  return {
    read: (store, jobId, now) =>
      new Promise((resolve, reject) => {
        const { recorded, quantised, hasEvents } = store;
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        worker ??= start();
        worker.postMessage({
          id,
          path: store.source.name,
          index: { path: store.index.name, writable: !store.index.readonly },
          shape: { recorded, quantised, hasEvents },
          jobId,
          now,
        } satisfies TraceRequest);
      }),
    close: () => void worker?.terminate(),
  };
}
