import { describe, expect, it } from 'vitest';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import { type Lane, Lanes } from './lanes.ts';

const SPEED = 100;
const clock = scaledClock(Date.now() * 1000, SPEED);
const never = new AbortController().signal;

/** When calls began and ended, in milliseconds of the clock. */
function recorder(lanes: Lanes) {
  const calls: { readonly name: string; readonly from: number; until: number }[] = [];
  const run = (lane: Lane, name: string, ms = 0, signal = never) =>
    lanes.run(
      lane,
      async () => {
        const call = { name, from: clock.monotonicMs(), until: 0 };
        calls.push(call);
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        call.until = clock.monotonicMs();
        return name;
      },
      signal,
    );
  return { calls, run };
}

describe('a lane', () => {
  it.each([
    ['create', 4500, 1],
    ['destroy', 3000, 1],
    ['show', 2000, 1],
    ['label', 1000, 1],
    ['template', 3000, 1],
    ['volumes', 5500, 1],
    ['create', 225, 20],
  ] as const)('of %s keeps calls %i ms apart at pace %i', async (lane, ms, pace) => {
    const { calls, run } = recorder(new Lanes(clock, pace));
    await Promise.all([run(lane, 'a'), run(lane, 'b', 5), run(lane, 'c')]);
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    for (const [at, call] of calls.slice(1).entries())
      expect(call.from - (calls[at]?.until ?? 0)).toBeGreaterThanOrEqual(ms);
  });

  it('does not wait for another lane, nor the first time', async () => {
    const { calls, run } = recorder(new Lanes(clock, 1));
    const startedAt = clock.monotonicMs();
    await Promise.all([run('create', 'a', 300), run('destroy', 'b'), run('show', 'c')]);
    for (const { from } of calls) expect(from - startedAt).toBeLessThan(100 * SPEED);
  });

  it('lets nobody wait who gave up, and the next one go in their place', async () => {
    const { calls, run } = recorder(new Lanes(scaledClock(0, 1), 10));
    const stop = new AbortController();
    await run('create', 'a');
    const pausing = run('create', 'b', 0, stop.signal);
    const queued = run('create', 'c', 0, stop.signal);
    const next = run('create', 'd');
    const startedAt = performance.now();
    setTimeout(() => stop.abort(), 20);
    await expect(queued).rejects.toMatchObject({ code: 'job.cancelled' });
    await expect(pausing).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(performance.now() - startedAt).toBeLessThan(300);
    await expect(run('create', 'e', 0, stop.signal)).rejects.toMatchObject({ code: 'job.cancelled' });
    await next;
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(calls.map(({ name }) => name)).toEqual(['a', 'd']);
  });

  it('goes on after a call that failed', async () => {
    const lanes = new Lanes(clock, 1);
    await expect(lanes.run('show', () => Promise.reject(new Error('x')), never)).rejects.toThrow('x');
    await expect(lanes.run('show', () => Promise.resolve(1), never)).resolves.toBe(1);
  });

  it('is not held up for good by a call that is not answered', async () => {
    const lanes = new Lanes(clock, 1);
    let answer: (value: string) => void = () => {};
    const silent = lanes.run('show', () => new Promise<string>((resolve) => (answer = resolve)), never);
    const startedAt = performance.now();
    expect(await lanes.run('show', async () => 'second', never)).toBe('second');
    expect(performance.now() - startedAt).toBeGreaterThan(2900);
    answer('first');
    expect(await silent).toBe('first');
  });

  it('becomes as slow as the market asks, within reason', async () => {
    const lanes = new Lanes(clock, 2);
    lanes.widen('show', 500);
    expect(lanes.interval('show')).toBe(1000);
    lanes.widen('show', 7000);
    expect(lanes.interval('show')).toBe(7000);
    lanes.widen('show', 1e9);
    expect(lanes.interval('show')).toBe(7000);
  });
});
