import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import { inTurns } from './turns.ts';

const NEVER = new AbortController().signal;

/** Work that ends when it is told to; each turn answers its number. */
function bench() {
  const turns: { readonly signal: AbortSignal; end(): void; fail(error: Error): void }[] = [];
  const ask = inTurns(
    (signal) =>
      new Promise<number>((resolve, reject) => {
        const n = turns.length;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        turns.push({ signal, end: () => resolve(n), fail: reject });
      }),
  );
  const begun = (n: number) => expect.poll(() => turns.length, { interval: 1 }).toBe(n);
  return { ask, turns, begun };
}

describe('work in turns', () => {
  it('is shared by all who ask while it is under way, and begins after they asked', async () => {
    const { ask, turns, begun } = bench();
    const first = ask(NEVER);
    await begun(1);
    const later = Array.from({ length: 30 }, () => ask(NEVER));
    turns[0]?.end();
    expect(await first).toBe(0);
    await begun(2);
    turns[1]?.end();
    expect(new Set(await Promise.all(later))).toEqual(new Set([1]));
    const last = ask(NEVER);
    await begun(3);
    turns[2]?.end();
    expect(await last).toBe(2);
  });

  it('fails for those who shared it, and for nobody else', async () => {
    const { ask, turns, begun } = bench();
    const first = ask(NEVER);
    await begun(1);
    const second = ask(NEVER);
    turns[0]?.fail(new CodedError('vastai.unreachable', 'gone'));
    await expect(first).rejects.toMatchObject({ code: 'vastai.unreachable' });
    await begun(2);
    turns[1]?.end();
    expect(await second).toBe(1);
  });

  it('is left by whoever aborts, and goes on for the others', async () => {
    const { ask, turns, begun } = bench();
    const stop = new AbortController();
    const left = ask(stop.signal);
    await begun(1);
    const [leaving, staying] = [ask(stop.signal), ask(NEVER)];
    stop.abort(new CodedError('job.cancelled', 'enough'));
    await expect(left).rejects.toMatchObject({ code: 'job.cancelled' });
    await expect(leaving).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(turns[0]?.signal.aborted).toBe(true);
    await begun(2);
    turns[1]?.end();
    expect(await staying).toBe(1);
    await expect(ask(stop.signal)).rejects.toMatchObject({ code: 'job.cancelled' });
  });

  it('is not shared once nobody waits for it', async () => {
    const { ask, turns, begun } = bench();
    const first = ask(NEVER);
    await begun(1);
    const stop = new AbortController();
    const left = ask(stop.signal);
    stop.abort(new CodedError('job.cancelled', 'enough'));
    await expect(left).rejects.toMatchObject({ code: 'job.cancelled' });
    const second = ask(NEVER);
    turns[0]?.end();
    expect(await first).toBe(0);
    await begun(2);
    turns[1]?.end();
    expect(await second).toBe(1);
  });
});
