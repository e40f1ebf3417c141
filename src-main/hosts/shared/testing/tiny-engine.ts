import { setTimeout as pause } from 'node:timers/promises';
import { implement } from '@orpc/server';
import type { Engine } from '#core/engine.ts';
import type { Logger, LogRecord } from '#core/ports/ports.ts';
import { contract } from '#shared/contract/contract.ts';
import type { LiveBatch } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';

export interface TinyEngine extends Pick<Engine, 'router'> {
  /** How many live batches were asked for. */
  batchesMade(): number;
  streamsOpen(): number;
}

/** A few procedures of the contract, enough to see what a transport does with calls, failures, bytes and streams. */
export function tinyEngine(options: { batches?: number; jobsPerBatch?: number } = {}): TinyEngine {
  const { batches = 3, jobsPerBatch = 0 } = options;
  const os = implement(contract);
  let made = 0;
  let open = 0;
  const padding = 'x'.repeat(jobsPerBatch);
  const router = {
    app: {
      info: os.app.info.handler(() => ({
        version: '1.2.3',
        host_kind: 'web',
        platform: 'test',
        node: process.versions.node,
        data_dir: '/data',
        keychain: { available: false, reason: null },
        native_open_dialog: false,
      })),
    },
    jobs: {
      cancel: os.jobs.cancel.handler(({ errors }) => {
        const { code, message } = new CodedError('job.not_found', 'There is no such job.');
        throw errors.FAILED({ data: { code, message } });
      }),
      get: os.jobs.get.handler(() => {
        throw new Error('a bug with details');
      }),
    },
    trace: { columns: os.trace.columns.handler(() => new Blob([new Uint8Array([1, 2, 3, 254])])) },
    live: {
      watch: os.live.watch.handler(async function* (): AsyncGenerator<LiveBatch> {
        open += 1;
        try {
          for (let seq = 0; seq < batches; seq += 1) {
            // As an engine does between commits; a stream without a pause would starve everything else.
            await pause(1);
            made += 1;
            yield { seq, gap: false, jobs: [], spans: [], status: null, ...(padding && { padding }) };
          }
        } finally {
          open -= 1;
        }
      }),
    },
  };
  return {
    router: router as unknown as Engine['router'],
    batchesMade: () => made,
    streamsOpen: () => open,
  };
}

export function memoryLogger(): Logger & { readonly records: LogRecord[] } {
  const records: LogRecord[] = [];
  return { records, log: (record) => void records.push(record) };
}
