import { describe, expect, it } from 'vitest';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import { type Doubted, doubtOf, mixtureQuantile } from './doubt.ts';

const FIXED = { source: 'given', log_sigma: 0 } as const;
const base: Doubted = {
  amount: { name: 'duration', source: 'default' },
  price: FIXED,
  isLocal: false,
  residuals: null,
};
const residualsOf = (values: readonly number[]) => ({ values, group: 'g' });
/** -0.475, -0.425 … 0.475. */
const TWENTY = Array.from({ length: 20 }, (_, i) => (i + 1 - 10.5) / 20);
const sorted = (values: readonly number[]) => {
  const { value } = sampleOf(values);
  if (value === null) throw new Error('no sample');
  return value;
};

// Reference values: SciPy 1.17.1, norm.cdf / norm.ppf, and brentq on the mean of norm.cdf((x - r) / sigma).
describe('the prior', () => {
  it('adds the variances of what is in doubt', () => {
    const { confidence, intervals, drivers, from } = doubtOf({ ...base, isLocal: true });
    expect(from).toBe('prior');
    // hypot(0.7, 0.2, 0.1) = 0.7348469228349533
    expect(confidence).toBeCloseTo(0.2386129971647033, 10);
    expect(intervals.map(({ low, high }) => [Math.exp(low), Math.exp(high)])).toEqual([
      [expect.closeTo(0.6091768146217298, 8), expect.closeTo(1.641559520975783, 8)],
      [expect.closeTo(0.3899470866206793, 8), expect.closeTo(2.564450496774064, 8)],
      [expect.closeTo(0.236862967112215, 8), expect.closeTo(4.221850347446864, 8)],
    ]);
    expect(drivers.map(({ log_sigma }) => log_sigma)).toEqual([0.7, 0.2, 0.1]);
  });

  it('is surer of a duration that was given, and of one that history knows', () => {
    const given = doubtOf({ ...base, isLocal: true, amount: { name: 'duration', source: 'given' } });
    expect(given.confidence).toBeCloseTo(0.49413211780318234, 10);
    const book = { source: 'book', log_sigma: 0.1 } as const;
    const known = doubtOf({ ...base, price: book, amount: { name: 'tokens', source: 'history' } });
    expect(known.confidence).toBeCloseTo(0.37166120241839007, 10);
    expect(known.drivers.map(({ name }) => name)).toEqual([
      'tokens (history, no residuals yet)',
      'price (book)',
    ]);
  });
});

describe('residuals', () => {
  it('give split-conformal intervals: of 20, the 16th at 50 % and the 19th at 80 %, mirrored', () => {
    const { intervals, from } = doubtOf({ ...base, residuals: residualsOf(TWENTY.toReversed()) });
    expect(from).toBe('history');
    expect(intervals[0]).toEqual({
      coverage: 0.5,
      low: expect.closeTo(-0.275, 12),
      high: expect.closeTo(0.275, 12),
    });
    expect(intervals[1]).toEqual({
      coverage: 0.8,
      low: expect.closeTo(-0.425, 12),
      high: expect.closeTo(0.425, 12),
    });
  });

  it('that are fewer than a level needs leave it to the prior, and never make it narrower', () => {
    const known = { ...base, amount: { name: 'duration', source: 'history' } } as const;
    const few = doubtOf({ ...known, residuals: residualsOf(TWENTY) }).intervals[2];
    // norm.ppf(0.975) * 0.45
    expect(few).toEqual({
      coverage: 0.95,
      low: expect.closeTo(-0.8819837930430241, 8),
      high: expect.closeTo(0.8819837930430241, 8),
    });
    const wide = doubtOf({ ...known, residuals: residualsOf(TWENTY.map((r) => r * 4)) }).intervals[2];
    expect(wide?.high).toBeCloseTo(1.9, 12);
    const enough = Array.from({ length: 39 }, (_, i) => (i - 19) / 100);
    const own = doubtOf({ ...known, residuals: residualsOf(enough) }).intervals[2];
    expect([own?.low, own?.high]).toEqual([-0.19, 0.19]);
  });

  it('give the confidence by the rule of succession', () => {
    // Eight of TWENTY lie within log 1.25 = 0.2231.
    expect(doubtOf({ ...base, residuals: residualsOf(TWENTY) }).confidence).toBeCloseTo(9 / 22, 12);
    const tight = TWENTY.map((r) => r / 10);
    expect(doubtOf({ ...base, residuals: residualsOf(tight) }).confidence).toBeCloseTo(21 / 22, 12);
  });

  it('keep the doubt of the price, which the actual cost shares', () => {
    const cached = { source: 'cached', log_sigma: 0.1 } as const;
    const { intervals, confidence, drivers } = doubtOf({
      ...base,
      price: cached,
      residuals: residualsOf(TWENTY),
    });
    expect(intervals[0]?.high).toBeCloseTo(0.27539595263469335, 5);
    expect(intervals[1]?.high).toBeCloseTo(0.44209643187178804, 5);
    expect(intervals[1]?.low).toBeCloseTo(-0.44209643187178804, 5);
    expect(confidence).toBeCloseTo(0.45103195792600914, 10);
    expect(drivers).toEqual([
      { name: 'duration (scatter of earlier jobs)', log_sigma: expect.closeTo(0.2958039891549808, 12) },
      { name: 'price (cached)', log_sigma: 0.1 },
    ]);
  });

  it('of own hardware know nothing of idle draw and losses: those widen the interval, not the confidence', () => {
    const rented = doubtOf({ ...base, residuals: residualsOf(TWENTY) });
    const own = doubtOf({ ...base, isLocal: true, residuals: residualsOf(TWENTY) });
    expect(own.confidence).toBe(rented.confidence);
    // The mixture of sigma 0.1, as above.
    expect(own.intervals[1]?.high).toBeCloseTo(0.44209643187178804, 5);
    expect(own.drivers.at(-1)).toEqual({ name: 'cooling and supply losses, idle draw', log_sigma: 0.1 });
  });
});

describe('the mixture of normals', () => {
  it('has the quantiles that SciPy finds', () => {
    const centres = sorted([0.3, -0.4, -0.1, 0, 0.05]);
    expect(mixtureQuantile(centres, 0.1, 0.05)).toBeCloseTo(-0.4674869217484561, 5);
    expect(mixtureQuantile(centres, 0.1, 0.5)).toBeCloseTo(-0.015132522968681202, 5);
    expect(mixtureQuantile(centres, 0.1, 0.9)).toBeCloseTo(0.3018052825867848, 5);
    expect(mixtureQuantile(centres, 0.1, 0.975)).toBeCloseTo(0.4151065007093079, 5);
  });

  it('is the residuals themselves when the price is certain', () => {
    const centres = sorted(TWENTY);
    expect(mixtureQuantile(centres, 0, 18.5 / 20)).toBeCloseTo(0.425, 12);
    expect(mixtureQuantile(centres, 1e-4, 18.5 / 20)).toBeCloseTo(0.425, 3);
  });
});
