import { describe, expect, it } from 'vitest';
import { seeded } from '#shared/lib/random.ts';
import { becauseOf, type FrontAxes, frontLine, JOB_AXES, offerFront } from './offer-front.ts';
import type { PricedOffer } from './offers.ts';
import { pricedOffer } from './testing.ts';

const point = (usd: number, seconds: number, reliability: number | null, more: Partial<PricedOffer> = {}) =>
  pricedOffer({
    reliability,
    usd_per_job: { p10: usd, p50: usd, p90: usd },
    seconds_per_job: { p10: seconds, p50: seconds, p90: seconds },
    ...more,
  });

const figures = (offer: PricedOffer | undefined): readonly [number, number, number] => [
  offer?.usd_per_job?.p50 ?? Number.NaN,
  offer?.seconds_per_job?.p50 ?? Number.NaN,
  -(offer?.reliability ?? Number.NaN),
];
const beats = (a: PricedOffer | undefined, b: PricedOffer | undefined): boolean => {
  const [x, y] = [figures(a), figures(b)];
  return (
    x.every((v, i) => v <= (y[i] ?? Number.NaN)) && x.some((v, i) => v < (y[i] ?? Number.NEGATIVE_INFINITY))
  );
};

describe('offerFront', () => {
  it('is what comparing each with each finds, on a coarse grid full of ties', () => {
    const next = seeded(7);
    for (let round = 0; round < 200; round++) {
      const size = 1 + Math.floor(next() * 60);
      const grid = 2 + Math.floor(next() * 6);
      const pick = () => Math.floor(next() * grid);
      const offers = Array.from({ length: size }, () => point(pick(), pick(), pick() / grid));
      const { front, dominatedBy } = offerFront(offers, JOB_AXES);
      const expected = [...offers.keys()].filter((i) => !offers.some((one) => beats(one, offers[i])));
      expect([...front].toSorted((a, b) => a - b)).toEqual(expected);
      const usd = (i: number) => figures(offers[i])[0];
      for (const i of offers.keys()) {
        const by = dominatedBy[i] ?? Number.NaN;
        const dominators = expected.filter((k) => beats(offers[k], offers[i]));
        expect(by === -1).toBe(dominators.length === 0);
        if (by !== -1) {
          expect(dominators).toContain(by);
          expect(usd(by)).toBe(Math.min(...dominators.map(usd)));
        }
      }
    }
  });

  it('is the same on larger markets: of ties, of differences that are hardly any, of half of it on the front', () => {
    const next = seeded(11);
    for (let round = 0; round < 6; round++) {
      const grid = round % 2 === 0 ? 12 : 1e9;
      const pick = () => Math.floor(next() * grid);
      const offers = Array.from({ length: 700 }, (_, i) => {
        // One far off makes the others stand close together.
        const a = i === 0 && round > 2 ? 1e22 : pick();
        // Every third market trades time for money, so that most of it is on the front.
        return point(a, round % 3 === 2 ? grid - a + pick() / 100 : pick(), pick() / grid);
      });
      const { front, dominatedBy } = offerFront(offers, JOB_AXES);
      const expected = [...offers.keys()].filter((i) => !offers.some((one) => beats(one, offers[i])));
      expect([...front].toSorted((a, b) => a - b)).toEqual(expected);
      for (const i of offers.keys()) expect(dominatedBy[i] === -1).toBe(expected.includes(i));
      const flat = offers.map((offer) => ({ ...offer, reliability: 0.9 }));
      const line = [...frontLine(offers, JOB_AXES)].toSorted((a, b) => a - b);
      expect(line).toEqual([...flat.keys()].filter((i) => !flat.some((one) => beats(one, flat[i]))));
    }
  });

  it('keeps equal offers, and lists the front from the cheapest', () => {
    const offers = [point(3, 1, 0.9), point(1, 3, 0.9), point(1, 3, 0.9), point(4, 4, 0.9)];
    const { front, dominatedBy } = offerFront(offers, JOB_AXES);
    expect([...front]).toEqual([1, 2, 0]);
    expect([...dominatedBy]).toEqual([-1, -1, -1, 1]);
  });

  it('leaves out what cannot be chosen or compared', () => {
    const fits = { model: 'm', headroom_mb: 1, required_disk_gb: 40, fits: true, because: null };
    const offers = [
      point(1, 1, 0.9, { violations: [{ field: 'dph_total', message: 'too dear' }] }),
      point(1, 1, 0.9, { blocked: 'host' }),
      point(1, 1, 0.9, { fit: { ...fits, fits: false, because: 'too small' } }),
      point(1, 1, 0.9, { fit: null, models: [] }),
      point(1, 1, null),
      point(1, 1, 0.9, { usd_per_job: null }),
      point(2, 2, 0.9),
      point(3, 3, 0.9),
    ];
    const { front, dominatedBy } = offerFront(offers, JOB_AXES);
    expect([...front]).toEqual([6]);
    expect([...dominatedBy]).toEqual([-1, -1, -1, -1, -1, -1, -1, 6]);
    // Whose reliability nobody knows still has its place in the drawing.
    expect([...frontLine(offers, JOB_AXES)]).toEqual([4]);
  });

  it('knows on which axes more is better', () => {
    const axes: FrontAxes = { x: 'dph_total', y: 'dlperf' };
    const offers = [
      pricedOffer({ dph_total: 1, dlperf: 10, reliability: 0.99 }),
      pricedOffer({ dph_total: 1, dlperf: 20, reliability: 0.99 }),
      pricedOffer({ dph_total: 2, dlperf: 15, reliability: 0.999 }),
      pricedOffer({ dph_total: 3, dlperf: 15, reliability: 0.9 }),
    ];
    expect([...offerFront(offers, axes).front]).toEqual([1, 2]);
    expect([...offerFront(offers, axes).dominatedBy]).toEqual([1, -1, -1, 1]);
    expect([...frontLine(offers, axes)]).toEqual([1]);
  });
});

describe('becauseOf', () => {
  it('says in figures what is better, and what is as good', () => {
    expect(becauseOf(point(0.2, 100, 0.998), point(0.08, 60, 0.998), JOB_AXES)).toBe(
      '$0.12 less per job, 40.0 s sooner, as reliable (0.998)',
    );
    expect(becauseOf(point(0.2, 60, 0.99), point(0.2, 60, 0.998), JOB_AXES)).toBe(
      'as cheap ($0.20 per job), as soon (1 m 00 s), more reliable (0.998 against 0.990)',
    );
  });

  it('writes reliabilities that look the same with the digits that tell them apart', () => {
    expect(becauseOf(point(1, 1, 0.99801), point(1, 1, 0.99804), JOB_AXES)).toContain(
      'more reliable (0.99804 against 0.99801)',
    );
    expect(becauseOf(point(1, 1, 0.99854), point(1, 1, 0.99964), JOB_AXES)).toContain(
      'more reliable (0.9996 against 0.999)',
    );
  });

  it('names the fields of other axes with their units', () => {
    const [a, b] = [
      pricedOffer({ dph_total: 0.5, dlperf: 80, gpu_mem_bw: 900 }),
      pricedOffer({ dph_total: 0.4, dlperf: 98, gpu_mem_bw: 1008 }),
    ];
    expect(becauseOf(a, b, { x: 'dph_total', y: 'dlperf' })).toBe(
      '$0.10 less per hour, 18 more DLPerf, as reliable (0.997)',
    );
    expect(becauseOf(a, b, { x: 'dph_total', y: 'gpu_mem_bw' })).toContain('108 GB/s more memory bandwidth');
  });
});
