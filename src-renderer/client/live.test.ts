import { describe, expect, it } from 'vitest';
import type { LiveBatch } from '#shared/contract/types.ts';
import type { Connection } from './connection.ts';
import { continues, LiveFeed } from './live.ts';

const batch = (seq: number, gap = false): LiveBatch => ({ seq, gap, jobs: [], spans: [], status: null });

describe('a batch', () => {
  it('continues the one before it', () => {
    expect(continues(null, batch(0))).toBe(true);
    expect(continues(4, batch(5))).toBe(true);
  });

  it('after a jump, or one that says so, does not', () => {
    expect(continues(4, batch(6))).toBe(false);
    expect(continues(4, batch(5, true))).toBe(false);
  });
});

/** A connection whose watch streams play these batches, one list a stream; then it stays silent. */
function playing(streams: readonly (readonly LiveBatch[])[]): {
  connection: Connection;
  opened: () => number;
} {
  let opened = 0;
  const watch = async function* (_input: unknown, { signal }: { signal: AbortSignal }) {
    const mine = streams[opened++];
    if (mine === undefined) await new Promise((done) => signal.addEventListener('abort', done));
    yield* mine ?? [];
  };
  const client = {
    live: { watch: async (input: unknown, options: { signal: AbortSignal }) => watch(input, options) },
  };
  const connection = { ready: async () => ({}), client } as unknown as Connection;
  return { connection, opened: () => opened };
}

async function heard(streams: readonly (readonly LiveBatch[])[], until: number): Promise<string[]> {
  const { connection } = playing(streams);
  const feed = new LiveFeed(connection, 'own');
  const said: string[] = [];
  await new Promise<void>((done) => {
    const stop = feed.subscribe({
      onBatch: ({ seq }) => {
        said.push(`batch ${seq}`);
        if (said.filter((one) => one.startsWith('batch')).length === until) {
          stop();
          done();
        }
      },
      onGap: () => said.push('gap'),
    });
  });
  return said;
}

describe('a feed', () => {
  it('hands batches on in order', async () => {
    expect(await heard([[batch(0), batch(1)]], 2)).toEqual(['batch 0', 'batch 1']);
  });

  it('says before a batch that one is missing', async () => {
    expect(await heard([[batch(0), batch(2)]], 2)).toEqual(['batch 0', 'gap', 'batch 2']);
  });

  it('opens the stream again when it ended, and says that something may be missing', async () => {
    expect(await heard([[batch(0)], [batch(0)]], 2)).toEqual(['batch 0', 'gap', 'batch 0']);
  });

  it('opens one stream for all its listeners, and closes it with the last', async () => {
    const { connection, opened } = playing([]);
    const feed = new LiveFeed(connection, 'own');
    const quiet = { onBatch: () => {}, onGap: () => {} };
    const stops = [feed.subscribe(quiet), feed.subscribe(quiet)];
    await new Promise((done) => setTimeout(done, 10));
    expect(opened()).toBe(1);
    for (const stop of stops) stop();
    feed.subscribe(quiet)();
    await new Promise((done) => setTimeout(done, 10));
    expect(opened()).toBe(2);
  });
});
