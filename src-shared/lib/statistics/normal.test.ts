import { describe, expect, it } from 'vitest';
import { centralProbability, erf, normalCdf, normalQuantile, Z_80 } from './normal.ts';

describe('the normal distribution', () => {
  it('matches tabulated values of erf on both sides of its two branches', () => {
    expect(erf(0)).toBe(0);
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 12);
    expect(erf(2)).toBeCloseTo(0.9953222650189527, 12);
    expect(erf(2.499999)).toBeCloseTo(erf(2.500001), 8);
    expect(erf(3)).toBeCloseTo(0.9999779095030014, 12);
    expect(erf(-1)).toBeCloseTo(-0.8427007929497149, 12);
    expect(erf(40)).toBe(1);
  });

  it('gives the familiar central probabilities', () => {
    expect(centralProbability(1)).toBeCloseTo(0.6826894921370859, 10);
    expect(centralProbability(1.959963984540054)).toBeCloseTo(0.95, 10);
    expect(centralProbability(Z_80)).toBeCloseTo(0.8, 10);
  });

  // R 4.2.2: pnorm(c(-8, -4, -1.5, .3, 2, 5))
  it.each([
    [-8, 6.2209605742717849e-16],
    [-4, 3.1671241833119924e-5],
    [-1.5, 0.066807201268858071],
    [0.3, 0.61791142218895267],
    [2, 0.97724986805182079],
    [5, 0.99999971334842808],
  ])('P(Z <= %d) is %d, relatively precise in the tail', (z, p) => {
    expect(normalCdf(z) / p).toBeCloseTo(1, 11);
  });

  // R 4.2.2: qnorm(c(1e-300, 1e-10, .025, .3, .5, .9, .975, 1 - 1e-12))
  it.each([
    [1e-300, -37.047096299361201],
    [1e-10, -6.3613409024040557],
    [0.025, -1.9599639845400538],
    [0.3, -0.52440051270804067],
    [0.5, 0],
    [0.9, 1.2815515655446008],
    [0.975, 1.9599639845400536],
    [1 - 1e-12, 7.0344869100478356],
  ])('the %d quantile is %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 13);
  });

  it.each([0, 1, -1, Number.NaN])('has no quantile for p = %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
