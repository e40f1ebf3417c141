import { describe, expect, it } from 'vitest';
import { createAsks, endOfTerm } from './asks.ts';
import { GPU_TYPES } from './gpu-types.ts';
import { toOffer } from './offer-wire.ts';

const NOW = 1_795_400_000;
const NONE = new Map<number, number>();
const asks = createAsks(7, 800);
const clean = asks.all.filter(({ oddity }) => oddity === null);

describe('the offers of the demo market', () => {
  it('are the same for the same seed and time, and others for another seed', () => {
    const again = createAsks(7, 800);
    const offersOf = (one: typeof asks) =>
      one.all.map((ask) =>
        toOffer(ask, one.standing(ask, NONE, NOW), { prices: one.prices, now: NOW, bid: false, storage: 8 }),
      );
    expect(offersOf(again)).toEqual(offersOf(asks));
    expect(offersOf(createAsks(8, 800))[0]).not.toEqual(offersOf(asks)[0]);
  });

  it('are 800 of many types, sizes, hosts and places, some of them not to be trusted', () => {
    expect(asks.all).toHaveLength(800);
    expect(new Set(asks.all.map(({ id }) => id)).size).toBe(800);
    expect(new Set(asks.all.map(({ machine }) => machine.gpu.key)).size).toBeGreaterThan(
      GPU_TYPES.length - 4,
    );
    expect(new Set(asks.all.map(({ numGpus }) => numGpus))).toEqual(new Set([1, 2, 3, 4, 6, 8]));
    const hosts = new Map<number, Set<number>>();
    for (const { machine } of asks.all)
      hosts.set(machine.hostId, (hosts.get(machine.hostId) ?? new Set()).add(machine.machineId));
    expect([...hosts.values()].some((machines) => machines.size > 2)).toBe(true);
    const standing = (wanted: string) =>
      asks.all.filter((ask) => asks.standing(ask, NONE, NOW) === wanted).length;
    expect(standing('rented')).toBeGreaterThan(40);
    expect(standing('unlisted')).toBeGreaterThan(10);
    expect(standing('free')).toBeGreaterThan(500);
    const trusted = (wanted: string) =>
      asks.all.filter(({ machine }) => machine.verification === wanted).length;
    expect(trusted('verified')).toBeGreaterThan(trusted('unverified'));
    expect(trusted('deverified')).toBeGreaterThan(5);
    expect(asks.all.length - clean.length).toBeGreaterThan(5);
    expect(asks.all.some(({ machine }) => machine.external)).toBe(true);
    expect(asks.all.some(({ machine }) => machine.bidShare === null)).toBe(true);
  });

  it('cost more where they are surer, so that none is best in everything', () => {
    const half = (sure: boolean) =>
      clean
        .filter(({ machine }) => machine.reliability > 0.985 === sure)
        .map(({ machine }) => machine.usdHour / machine.gpu.usdHour);
    const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
    expect(mean(half(true))).toBeGreaterThan(mean(half(false)) * 1.1);
  });

  it('move their prices by little in minutes and by more in days, and return', () => {
    const priced = (at: number) => clean.map((ask) => asks.prices.base(ask, at));
    const start = priced(NOW);
    expect(priced(NOW + 5)).toEqual(start);
    const changes = (at: number) =>
      priced(at)
        .map((usd, i) => Math.abs(Math.log(usd / (start[i] ?? 1))))
        .toSorted((a, b) => a - b);
    const median = (values: readonly number[]) => values[values.length >> 1] ?? 0;
    const [minutes, days] = [changes(NOW + 600), changes(NOW + 3 * 86_400)];
    expect(median(minutes)).toBeGreaterThan(0.0005);
    expect(median(minutes)).toBeLessThan(0.03);
    expect(median(days)).toBeGreaterThan(median(minutes) * 1.5);
    for (let month = 0; month < 24; month++)
      expect(Math.max(...changes(NOW + month * 30 * 86_400))).toBeLessThan(0.6);
    expect(priced(NOW)).toEqual(start);
  });

  it('run for at least another day', () => {
    for (const { machine } of asks.all)
      for (let at = NOW; at < NOW + 20 * 86_400; at += 40_000)
        expect(endOfTerm(machine, at) - at).toBeGreaterThan(86_399);
  });
});
