import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '#shared/lib/statistics/normal.ts';
import type { CostInterval } from '#shared/model/estimate.ts';
import { chanceOver } from './chance.ts';

const logNormal = (median: number, sigma: number): CostInterval[] =>
  [0.5, 0.8, 0.95].map((coverage) => {
    const reach = sigma * normalQuantile((1 + coverage) / 2);
    return { coverage, low_usd: median * Math.exp(-reach), high_usd: median * Math.exp(reach) };
  });

describe('the chance of costing more than an amount', () => {
  it('is exact for a log-normal cost, between the stated levels and beyond them', () => {
    for (const usd of [0.3, 1.2, 1.9, 2, 2.6, 4, 7, 30])
      expect(chanceOver(logNormal(2, 0.7), usd)).toBeCloseTo(1 - normalCdf(Math.log(usd / 2) / 0.7), 12);
  });

  it('is what the interval says at its ends', () => {
    const [, eighty] = logNormal(2, 0.7);
    expect(chanceOver(logNormal(2, 0.7), eighty?.high_usd ?? 0)).toBeCloseTo(0.1, 12);
    expect(chanceOver(logNormal(2, 0.7), eighty?.low_usd ?? 0)).toBeCloseTo(0.9, 12);
  });

  it('follows a lopsided interval on each side', () => {
    const lopsided = [
      { coverage: 0.5, low_usd: 1, high_usd: 2 },
      { coverage: 0.8, low_usd: 0.9, high_usd: 8 },
    ];
    expect(chanceOver(lopsided, 2)).toBeCloseTo(0.25, 12);
    expect(chanceOver(lopsided, 8)).toBeCloseTo(0.1, 12);
    // Half-way, in logarithms, from 2 to 8.
    const z = (normalQuantile(0.75) + normalQuantile(0.9)) / 2;
    expect(chanceOver(lopsided, 4)).toBeCloseTo(1 - normalCdf(z), 12);
  });

  it('is all or nothing for a cost without doubt', () => {
    const certain = [{ coverage: 0.8, low_usd: 3, high_usd: 3 }];
    expect(chanceOver(certain, 2.99)).toBe(1);
    expect(chanceOver(certain, 3)).toBe(0);
    expect(chanceOver([{ coverage: 0.8, low_usd: 0, high_usd: 0 }], 0)).toBe(0);
  });

  it('is certain above a threshold of nothing, and unknown where the cost is', () => {
    expect(chanceOver(logNormal(2, 0.7), 0)).toBe(1);
    expect(chanceOver([], 5)).toBeNull();
    expect(chanceOver(logNormal(2, 0.7), Number.NaN)).toBeNull();
    expect(chanceOver([{ coverage: 0.8, low_usd: 1, high_usd: Number.NaN }], 5)).toBeNull();
  });
});
