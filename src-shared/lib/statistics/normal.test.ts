import { describe, expect, it } from 'vitest';
import { centralProbability, erf, Z_80 } from './normal.ts';

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
});
