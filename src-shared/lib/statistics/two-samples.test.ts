import { describe, expect, it } from 'vitest';
import { cliffsDelta } from './cliffs-delta.ts';
import { hodgesLehmann, runsForShift } from './hodges-lehmann.ts';
import { choose, mannWhitney, rankSumCdf, rankSumQuantile } from './mann-whitney.ts';
import { normalQuantile } from './normal.ts';
import { logNormal, need, sample } from './testing.ts';

const x = sample([12.1, 9.8, 15.3, 11.7, 30.2, 10.4, 13.9, 12.8, 9.1, 14.6]);
const y = sample([13.2, 16.9, 18.4, 12.2, 22.5, 17.7, 41.0, 15.8, 14.1, 19.3, 16.2, 21.6]);
const tiedX = sample([3, 5, 5, 7, 8, 8, 8, 9]);
const tiedY = sample([5, 6, 8, 8, 9, 9, 10, 11, 12]);
// R: 100 * exp(.35 * qnorm(((1:60) - .5) / 60)) and 115 * exp(.4 * qnorm(((1:75) - .3) / 75.4))
const largeX = sample(
  Array.from({ length: 60 }, (_, i) => 100 * Math.exp(0.35 * normalQuantile((i + 0.5) / 60))),
);
const largeY = sample(
  Array.from({ length: 75 }, (_, i) => 115 * Math.exp(0.4 * normalQuantile((i + 0.7) / 75.4))),
);
const empty = sample([]);
const equal = (n: number, value = 5) => sample(Array(n).fill(value));

describe('Mann-Whitney', () => {
  // R 4.2.2: wilcox.test(x, y) with the samples above; exact = FALSE for the tied ones
  it.each([
    ['exact', x, y, 20, 0.0071445582281495596, 'exact'],
    ['tied', tiedX, tiedY, 17, 0.070061242299408563, 'asymptotic'],
    ['large', largeX, largeY, 1785, 0.039701564009630076, 'asymptotic'],
  ] as const)('%s', (_name, a, b, u, p, method) => {
    const test = need(mannWhitney(a, b));
    expect(test).toMatchObject({ u, method });
    expect(test.p / p).toBeCloseTo(1, 9);
    expect(need(mannWhitney(b, a))).toEqual({ ...test, u: a.n * b.n - u });
  });

  // R 4.2.2: pwilcox(c(0, 10, 37, 60, 119), 10, 12); pwilcox(800, 40, 45); pwilcox(c(2, 23, 24), 5, 5)
  it.each([
    [0, 10, 12, 1.546441174924147e-6],
    [10, 10, 12, 0.00021495532331445644],
    [37, 10, 12, 0.070118735753410683],
    [60, 10, 12, 0.51288185498711814],
    [119, 10, 12, 0.99999845355882511],
    [800, 40, 45, 0.19145620884986031],
    [2, 5, 5, 0.015873015873015872],
    [23, 5, 5, 0.99206349206349209],
    [24, 5, 5, 0.99603174603174605],
  ])('P(U <= %d) for %d and %d runs is %d', (u, n, m, p) => {
    expect(rankSumCdf(u, n, m) / p).toBeCloseTo(1, 12);
    expect(rankSumCdf(u, m, n) / p).toBeCloseTo(1, 12);
  });

  // R 4.2.2: qwilcox(.025, 10, 12); qwilcox(.025, 49, 49)
  it('has the quantiles of R', () => {
    expect([rankSumQuantile(0.025, 10, 12), rankSumQuantile(0.025, 49, 49)]).toEqual([30, 925]);
    expect(choose(22, 10)).toBe(646_646);
  });

  it('has an answer for the smallest and for equal groups', () => {
    expect(mannWhitney(empty, x)).toEqual({ value: null, reason: 'empty', needs: 1 });
    expect(need(mannWhitney(sample([1]), sample([2])))).toMatchObject({ u: 0, p: 1 });
    expect(need(mannWhitney(equal(50), equal(60)))).toEqual({ u: 1500, p: 1, method: 'asymptotic' });
    expect(need(mannWhitney(equal(50), equal(60, 6))).p).toBeLessThan(1e-20);
  });
});

describe('the Hodges-Lehmann shift', () => {
  // R 4.2.2: wilcox.test(x, y, conf.int = TRUE)
  it('is exact for small samples without ties', () => {
    const shift = need(hodgesLehmann(x, y));
    expect(shift.estimate).toBeCloseTo(-4.6, 12);
    expect(shift.low).toBeCloseTo(-8, 12);
    expect(shift.high).toBeCloseTo(-1.5, 12);
    // 1 - 2 * pwilcox(qwilcox(.025, 10, 12) - 1, 10, 12)
    expect(shift.coverage).toBeCloseTo(0.95742956733668805, 12);
    expect(shift.method).toBe('exact');
  });

  // R 4.2.2: median(outer(largeX, largeY, "-")); wilcox.test(largeX, largeY, conf.int = TRUE)$conf.int, which R finds by
  // root search between neighbouring differences: the tolerance is their distance.
  it('uses the normal rank for large ones', () => {
    const shift = need(hodgesLehmann(largeX, largeY));
    expect(shift.estimate).toBeCloseTo(-14.419940344047923, 10);
    expect(Math.abs(shift.low - -28.575341721820241)).toBeLessThan(0.02);
    expect(Math.abs(shift.high - -0.88952851291348145)).toBeLessThan(0.02);
    expect(shift.method).toBe('asymptotic');
    expect(shift.coverage).toBeGreaterThan(0.95);
  });

  // R 4.2.2: wilcox.test(tiedX, tiedY, exact = FALSE, conf.int = TRUE): -2 from -4 to 0
  it('takes ties', () => {
    expect(need(hodgesLehmann(tiedX, tiedY))).toMatchObject({ estimate: -2, low: -4, high: 0 });
    expect(need(hodgesLehmann(equal(10), equal(10)))).toMatchObject({ estimate: 0, low: 0, high: 0 });
  });

  it('is the other way round when the groups are', () => {
    const [there, back] = [need(hodgesLehmann(x, y)), need(hodgesLehmann(y, x))];
    expect([-back.estimate, -back.high, -back.low]).toEqual([there.estimate, there.low, there.high]);
  });

  it('needs four runs a group at 95 %', () => {
    expect([0.95, 0.99, 0.999].map(runsForShift)).toEqual([4, 5, 7]);
    expect(hodgesLehmann(sample([1, 2, 3]), sample([4, 5, 6]))).toEqual({
      value: null,
      reason: 'too_few',
      needs: 4,
    });
    expect(hodgesLehmann(equal(3), equal(3)).reason).toBe('too_few');
    expect(hodgesLehmann(sample([1, 2, 3, 4]), sample([5, 6, 7, 8])).reason).toBe(null);
    expect(hodgesLehmann(empty, x).reason).toBe('empty');
  });

  it('covers a true shift as often as it says', () => {
    const draw = logNormal(21);
    let covered = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const shift = need(hodgesLehmann(draw(20), draw(20)));
      if (shift.low <= 0 && shift.high >= 0) covered++;
    }
    // R 4.2.2: 1 - 2 * pwilcox(qwilcox(.025, 20, 20) - 1, 20, 20) is 0.95091; three standard errors.
    expect(Math.abs(covered / 1000 - 0.95091)).toBeLessThan(0.0206);
  });
});

describe("Cliff's delta", () => {
  // NumPy 2.4.6, SciPy 1.17.1, over the full matrix:
  // d = np.sign(x[:, None] - y); n, m = d.shape; D = d.mean(); z = stats.norm.ppf(.975)
  // v = (m*m*((d.mean(1)-D)**2).sum() + n*n*((d.mean(0)-D)**2).sum() - ((d-D)**2).sum()) / (n*m*(n-1)*(m-1))
  // (D - D**3 + s * z * v**.5 * ((1-D*D)**2 + z*z*v)**.5) / (1 - D*D + z*z*v) for s = -1, 1
  it.each([
    ['no ties', x, y, -0.6666666666666666, -0.8947262724297568, -0.16284228554659191],
    ['ties', tiedX, tiedY, -0.5277777777777778, -0.8240532135119869, -0.004802432024744121],
  ] as const)('%s', (_name, a, b, estimate, low, high) => {
    const delta = need(cliffsDelta(a, b));
    expect(delta.estimate).toBeCloseTo(estimate, 12);
    expect(delta.low).toBeCloseTo(low, 10);
    expect(delta.high).toBeCloseTo(high, 10);
  });

  it('does not claim certainty where groups do not overlap', () => {
    const z2 = normalQuantile(0.975) ** 2;
    const apart = need(cliffsDelta(equal(10, 1), equal(12, 2)));
    expect(apart).toMatchObject({ estimate: -1, low: -1 });
    expect(apart.high).toBeCloseTo(-(10 - z2) / (10 + z2), 12);
    expect(need(cliffsDelta(equal(12, 2), equal(10, 1))).high).toBe(1);
  });

  it('stays within -1 and 1 for few and for equal values', () => {
    expect(cliffsDelta(equal(1), equal(5))).toEqual({ value: null, reason: 'too_few', needs: 2 });
    expect(cliffsDelta(empty, equal(5)).reason).toBe('empty');
    const same = need(cliffsDelta(equal(2), equal(2)));
    expect(same.estimate).toBe(0);
    expect([same.low >= -1, same.low < 0, same.high > 0, same.high <= 1]).toEqual([true, true, true, true]);
  });
});
