import { ORPCError } from '@orpc/server';
import { afterEach } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type Failure, toFailure } from '#shared/model/failure.ts';
import { type FakeRune, RUNE_TOKEN, startFakeRune } from './fake-rune.ts';
import { type TestPorts, testPorts } from './ports.ts';

/** What a test has opened, closed after it, the last first. */
export function closedAfterEach(): (() => void | Promise<void>)[] {
  const cleanUp: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  return cleanUp;
}

export const SOURCE = 'remote:team';
export const ASK = { kind: 'agentic-agent', source: SOURCE } as const;
type CleanUp = (() => void | Promise<void>)[];
export const request = (question = 'Why?') => ({
  question,
  model: 'llama3.1:8b',
  backend_url: 'http://10.0.0.5:11434',
});

export interface RemoteBench {
  readonly engine: Engine;
  readonly rune: FakeRune;
  readonly set: TestPorts;
  readonly client: Engine['client'];
}

/** Over what another one left behind. */
export async function engineOf(set: TestPorts, cleanUp: CleanUp): Promise<Engine> {
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  return engine;
}

/** An engine with one remote, `team`: a stand-in of RUNE's server. */
export async function remoteBench(
  cleanUp: CleanUp,
  token: string | null = RUNE_TOKEN,
  rune?: FakeRune,
): Promise<RemoteBench> {
  const server = rune ?? (await startFakeRune());
  if (rune === undefined) cleanUp.push(() => server.close());
  const set = testPorts();
  cleanUp.push(() => set.remove());
  if (token !== null) set.secrets.set('TEAM', token);
  const engine = await engineOf(set, cleanUp);
  await engine.client.settings.set({
    version: 1,
    remotes: [{ id: 'team', name: 'Team', url: server.url, token_secret: token === null ? null : 'TEAM' }],
  });
  return { engine, rune: server, set, client: engine.client };
}

export const NO_PATH = { status: 404, body: JSON.stringify({ error: 'not found' }) };

export const failed = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    () => {
      throw new Error('it did not fail');
    },
    (thrown: unknown) => (thrown instanceof ORPCError ? (thrown.data as Failure) : toFailure(thrown)),
  );

export async function until<T>(ask: () => Promise<T>, wanted: (value: T) => boolean, ms = 8000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Idempotency keys of the jobs that were sent to it. */
export const posts = (rune: FakeRune): string[] =>
  rune.seen
    .filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/jobs/'))
    .map(({ headers }) => String(headers['idempotency-key']));
