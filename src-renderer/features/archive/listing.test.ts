import { describe, expect, it } from 'vitest';
import type { ListingProgress } from '#shared/model/archive.ts';
import { Listing, newestState } from './listing.ts';

const progress = (some: Partial<ListingProgress>): ListingProgress => ({
  loaded: 0,
  complete: false,
  listed_at: null,
  new_count: 0,
  requests: 0,
  running: true,
  gone: 0,
  ms: 0,
  failure: null,
  done: false,
  ...some,
});
async function* say(...all: readonly ListingProgress[]): AsyncGenerator<ListingProgress> {
  yield* all;
}

describe('the listing of a target', () => {
  it('keeps its first word for the rate and ends complete', async () => {
    const first = progress({ loaded: 1_000, ms: 100 });
    const last = progress({ loaded: 3_000, ms: 300, complete: true, done: true });
    const seen: unknown[] = [];
    const listing = new Listing(async () => say(first, progress({ loaded: 2_000 }), last));
    listing.subscribe(() => seen.push(listing.state().running));
    await listing.start();
    expect(seen).toEqual([
      null,
      { now: first, first },
      expect.objectContaining({ first }),
      { now: last, first },
      null,
    ]);
    expect(listing.state()).toMatchObject({ isRunning: false, ended: 'complete', last, failure: null });
  });

  it('runs once at a time, and by itself once per visit', async () => {
    let calls = 0;
    let now = 0;
    const listing = new Listing(
      async () => {
        calls++;
        return say(progress({ complete: true }));
      },
      () => now,
    );
    listing.visit();
    listing.visit();
    await new Promise((done) => setTimeout(done));
    listing.visit();
    expect(calls).toBe(1);
    now = 61_000;
    listing.visit();
    expect(calls).toBe(2);
  });

  it('says what failed, whether the stream says so or breaks', async () => {
    const denied = { code: 'archive.access_denied', message: 'The key may not list.' } as const;
    const told = new Listing(async () => say(progress({ failure: denied, done: true })));
    await told.start();
    expect(told.state()).toMatchObject({ ended: 'failed', failure: denied });
    const broken = new Listing(() => Promise.reject(new Error('gone')));
    await broken.start();
    expect(broken.state()).toMatchObject({ ended: 'failed', failure: { message: 'gone' } });
  });

  it('stops when told to, and that is no failure', async () => {
    const listing = new Listing(async (signal) => ({
      async *[Symbol.asyncIterator]() {
        yield progress({ loaded: 5 });
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted'))),
        );
      },
    }));
    const run = listing.start();
    await new Promise((done) => setTimeout(done));
    listing.stop();
    await run;
    expect(listing.state()).toMatchObject({
      isRunning: false,
      ended: 'stopped',
      failure: null,
      last: { loaded: 5 },
    });
  });
});

it('is believed over a page that was read before it ended', async () => {
  const listing = new Listing(
    async () => say(progress({ loaded: 100, complete: true, done: true })),
    () => 1_000,
  );
  const page = { state: { ...progress({ loaded: 80 }) }, at: 900 };
  expect(newestState(listing.state(), null)).toBeNull();
  expect(newestState(listing.state(), page)).toMatchObject({ loaded: 80 });
  await listing.start();
  expect(newestState(listing.state(), page)).toMatchObject({ loaded: 100, complete: true });
  expect(newestState(listing.state(), { ...page, at: 1_001 })).toMatchObject({ loaded: 80 });
});
