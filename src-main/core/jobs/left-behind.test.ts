import { describe, expect, it } from 'vitest';
import { untilLeftBehind } from './left-behind.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const outcomeOf = (work: Promise<unknown>, signal: AbortSignal, graceMs: () => number) =>
  untilLeftBehind(work, signal, graceMs).then(
    (value) => value,
    (thrown: unknown) => thrown,
  );

describe('a workflow after an abort', () => {
  it('is waited for within its grace', async () => {
    const stop = new AbortController();
    const work = wait(150).then(() => 'unwound');
    const outcome = outcomeOf(work, stop.signal, () => 2000);
    stop.abort('cancelled');
    expect(await outcome).toBe('unwound');
  });

  it('is left behind when its grace is over', async () => {
    const stop = new AbortController();
    const outcome = outcomeOf(new Promise(() => {}), stop.signal, () => 100);
    stop.abort('cancelled');
    expect(await outcome).toBe('cancelled');
  });

  it('loses grace that it had when it is shortened meanwhile', async () => {
    const stop = new AbortController();
    let graceMs = 60_000;
    const outcome = outcomeOf(new Promise(() => {}), stop.signal, () => graceMs);
    stop.abort('cancelled');
    await wait(120);
    graceMs = 100;
    expect(await outcome).toBe('cancelled');
  });

  it('has grace where it began after the abort', async () => {
    const signal = AbortSignal.abort('cancelled');
    expect(await outcomeOf(wait(80), signal, () => 1000)).toBeUndefined();
    expect(await outcomeOf(new Promise(() => {}), signal, () => 60)).toBe('cancelled');
  });
});
