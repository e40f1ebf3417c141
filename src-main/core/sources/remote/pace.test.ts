import { describe, expect, it } from 'vitest';
import { RemoteFailure } from './failures.ts';
import { Pace, TIMING } from './pace.ts';

const range = (of: () => number): [least: number, most: number] => {
  const all = Array.from({ length: 200 }, of);
  return [Math.min(...all), Math.max(...all)];
};
const failed = (retryAfterMs: number | null = null): RemoteFailure =>
  new RemoteFailure('remote.http_status', 'It fails.', { retryAfterMs });

describe('the pace of asking', () => {
  it('is 2 s while somebody watches, 15 s otherwise, and never the same for all', () => {
    const pace = new Pace(TIMING);
    const [least, most] = range(() => pace.next(true));
    expect(least).toBeGreaterThanOrEqual(1700);
    expect(most).toBeLessThanOrEqual(2300);
    expect(most - least).toBeGreaterThan(100);
    const [idleLeast, idleMost] = range(() => pace.next(false));
    expect(idleLeast).toBeGreaterThanOrEqual(12_750);
    expect(idleMost).toBeLessThanOrEqual(17_250);
  });

  it('doubles with each failure up to two minutes, and begins anew after a success', () => {
    const pace = new Pace(TIMING);
    for (const least of [3400, 6800, 13_600, 27_200, 54_400, 102_000, 102_000]) {
      pace.failed(failed());
      const [from, to] = range(() => pace.next(true));
      expect(from).toBeGreaterThanOrEqual(least);
      expect(to).toBeLessThanOrEqual(138_000);
    }
    expect(pace.restMs).toBe(TIMING.watchedMs);
    pace.succeeded();
    expect(pace.next(true)).toBeLessThanOrEqual(2300);
    expect(pace.restMs).toBe(0);
  });

  it('is what the remote asks for, whoever is in a hurry', () => {
    const pace = new Pace(TIMING);
    expect(pace.toldToRest).toBe(false);
    pace.failed(failed(60_000));
    expect(pace.toldToRest).toBe(true);
    expect(pace.next(true)).toBeGreaterThan(59_000);
    expect(pace.restMs).toBeGreaterThan(59_000);
  });
});
