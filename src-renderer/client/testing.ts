import { ORPCError } from '@orpc/client';
import type { EngineStatus, LiveBatch } from '#shared/contract/types.ts';
import type { Failure } from '#shared/model/failure.ts';
import { Connection } from './connection.ts';

/** Answers by the contract's path ("archive.open"); what is not there fails as the engine would. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>;

export interface FakeEngine {
  readonly connection: Connection;
  /** Every call that came in, in order. */
  readonly calls: readonly { readonly path: string; readonly input: unknown }[];
  readonly inputsOf: (path: string) => readonly unknown[];
}

/** Throws what the engine throws for an expected failure. */
export function fail(failure: Failure): never {
  throw new ORPCError('FAILED', { defined: true, message: failure.message, data: failure });
}

const IDLE: EngineStatus = {
  collector: 'sqlite',
  dropped: 0,
  write_lag_ms: 1,
  running: 0,
  queued: 0,
  archive_pending: 0,
  archive_trouble: null,
};

async function* live(status: EngineStatus): AsyncGenerator<LiveBatch> {
  yield { seq: 0, gap: false, jobs: [], spans: [], status };
  await new Promise(() => {});
}

/** An engine of fixed answers behind the page's real connection. */
export function fakeEngine(answers: Answers, status: Partial<EngineStatus> = {}): FakeEngine {
  const calls: { readonly path: string; readonly input: unknown }[] = [];
  const all: Answers = {
    'live.watch': () => live({ ...IDLE, ...status }),
    'sources.list': () => [],
    'app.info': () => ({
      version: '0.0.0',
      host_kind: 'web',
      platform: 'test',
      node: '24',
      data_dir: '/data',
      keychain: { available: true, reason: null },
      native_open_dialog: false,
    }),
    ...answers,
  };
  const connection = new Connection(async () => ({
    link: {
      call: async (path, input) => {
        const name = path.join('.');
        calls.push({ path: name, input });
        const answer = all[name];
        if (answer === undefined) throw new Error(`Nothing answers ${name}.`);
        return answer(input as never);
      },
    },
    closed: new Promise(() => {}),
    isClosed: () => false,
    close: () => {},
  }));
  return {
    connection,
    calls,
    inputsOf: (path) => calls.filter((call) => call.path === path).map((call) => call.input),
  };
}
