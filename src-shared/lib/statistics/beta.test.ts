import { describe, expect, it } from 'vitest';
import {
  betaCdf,
  betaQuantile,
  binomialCdf,
  binomialQuantile,
  binomialTail,
  firstTrue,
  logGamma,
} from './beta.ts';

// All figures: R 4.2.2 with options(digits = 17), the call named above each table.
describe('the beta and binomial distributions', () => {
  // lgamma(c(.1, 1.5, 14.9, 15, 171, 1e7))
  it.each([
    [0.1, 2.252712651734206],
    [1.5, -0.12078223763524518],
    [14.9, 24.924132002217277],
    [15, 25.191221182738683],
    [171, 706.57306224578747],
    [1e7, 151180949.36947393],
  ])('ln Gamma(%d) is %d', (x, value) => {
    expect(logGamma(x) / value).toBeCloseTo(1, 13);
  });

  // pbeta(.3,2,5), pbeta(.999,50,.5), pbeta(.5,5000,5100), pbeta(1e-6,1,1e5), pbeta(.7,1e6,4.29e5)
  it.each([
    [0.3, 2, 5, 0.57982500000000015],
    [0.999, 50, 0.5, 0.75236901996537675],
    [0.5, 5000, 5100, 0.84015287081213774],
    [1e-6, 1, 1e5, 0.095162627205940417],
    [0.7, 1e6, 4.29e5, 0.70793453875704093],
  ])('P(Beta <= %d) for a = %d, b = %d is %d', (x, a, b, p) => {
    expect(betaCdf(x, a, b)).toBeCloseTo(p, 8);
    expect(betaCdf(0, a, b)).toBe(0);
    expect(betaCdf(1, a, b)).toBe(1);
  });

  // qbeta(.025, 17, 4), qbeta(.5, .5, .5), qbeta(.999, 2000, 3)
  it.each([
    [0.025, 17, 4, 0.62107317345468604],
    [0.5, 0.5, 0.5, 0.5],
    [0.999, 2000, 3, 0.99990478544564432],
  ])('the %d quantile for a = %d, b = %d is %d', (p, a, b, x) => {
    expect(betaQuantile(p, a, b)).toBeCloseTo(x, 12);
  });

  it('gives binomial probabilities from both ends', () => {
    // pbinom(3, 20, .3), pbinom(10, 20, .5), pbinom(490, 1000, .5), pbinom(17, 20, .5, lower.tail = FALSE)
    expect(binomialCdf(3, 20, 0.3)).toBeCloseTo(0.10708680450373097, 13);
    expect(binomialCdf(10, 20, 0.5)).toBeCloseTo(0.58809852600097634, 13);
    expect(binomialCdf(490, 1000, 0.5)).toBeCloseTo(0.27398637296173844, 12);
    expect(binomialTail(18, 20, 0.5) / 0.00020122528076171891).toBeCloseTo(1, 12);
    expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5)]).toEqual([0, 1]);
    expect([binomialTail(0, 5, 0.5), binomialTail(6, 5, 0.5)]).toEqual([1, 0]);
  });

  // qbinom(c(.025, .975), 50, .8)
  it('inverts the binomial', () => {
    expect([0.025, 0.975].map((q) => binomialQuantile(q, 50, 0.8))).toEqual([34, 45]);
  });

  it('searches whole numbers', () => {
    expect(firstTrue(0, 100, (k) => k * k >= 50)).toBe(8);
    expect(firstTrue(3, 9, () => true)).toBe(3);
    expect(firstTrue(3, 9, () => false)).toBe(9);
  });
});
