import { describe, expect, it } from 'vitest';
import type { CalibrationGroup, CoverageRow } from '#shared/model/costs.ts';
import { binWords, coverageTitle, coverageWords, reliabilityTitle } from './calibration-data.ts';

const row = (claimed: number, verdict: CoverageRow['verdict'], empirical: number | null): CoverageRow => ({
  claimed,
  inside: Math.round((empirical ?? 0) * 40),
  n: empirical === null ? 0 : 40,
  empirical,
  band_low: claimed - 0.1,
  band_high: claimed + 0.1,
  verdict,
});
const bin = (claimed: number, happened: number) => ({
  claimed,
  happened,
  n: 30,
  band_low: claimed - 0.1,
  band_high: claimed + 0.1,
});
const group = (changes: Partial<CalibrationGroup>): CalibrationGroup => ({
  group: 'all',
  provider: null,
  backend_type: null,
  n: 40,
  coverage: [],
  log_bias: null,
  interval_score: null,
  brier: null,
  brier_best_constant: null,
  reliability: [],
  ...changes,
});

describe('what intervals come to, in words', () => {
  it.each([
    [['as claimed', 'as claimed'], 'Intervals hold what they claim'],
    [['too wide', 'as claimed'], 'Intervals of 50 % are wider than they need to be'],
    [
      ['too wide', 'too narrow'],
      'Intervals of 80 % are too narrow: costs lie outside more often than claimed',
    ],
  ] as const)('%j', ([half, most], title) => {
    const coverage = [row(0.5, half, 0.5), row(0.8, most, 0.8)];
    expect(coverageTitle(group({ coverage }), 20)).toBe(title);
  });

  it('judges none before there are enough', () => {
    expect(coverageTitle(group({ n: 12 }), 20)).toBe('Not yet calibrated: 12 of 20 jobs');
    expect(coverageWords(row(0.8, 'not yet calibrated', null))).toBe(
      '80 % interval: nothing to judge it by.',
    );
    expect(coverageWords(row(0.8, 'as claimed', 0.75))).toBe(
      '80 % interval: 30 of 40 inside, 75.0 %; if the claim is true, between 70.0 % and 90.0 %: as claimed.',
    );
  });
});

describe('what a confidence comes to, in words', () => {
  it.each([
    [[bin(0.5, 0.55)], 'confidence_score comes true as often as it says'],
    [[bin(0.5, 0.3), bin(0.8, 0.8)], 'confidence_score promises more than comes true'],
    [[bin(0.5, 0.7)], 'confidence_score promises less than comes true'],
    [[bin(0.5, 0.7), bin(0.8, 0.3)], 'confidence_score is off in 2 of 2 bins'],
    [[], 'Does confidence_score come true?'],
  ])('%#', (reliability, title) => expect(reliabilityTitle(group({ reliability }), 20)).toBe(title));

  it('says of a bin which way it is off', () => {
    expect(binWords(bin(0.5, 0.3))).toBe(
      'Confidence of 50.0 %: came true for 30.0 % of 30, less often than claimed.',
    );
  });
});
