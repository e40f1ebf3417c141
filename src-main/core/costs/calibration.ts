import { binomialBand, type Count } from '#shared/lib/statistics/proportion.ts';
import { median } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import {
  brierScore,
  type Claimed,
  empiricalCoverage,
  type Forecast,
  intervalScore,
} from '#shared/lib/statistics/scores.ts';
import type { Calibration, CalibrationGroup, CoverageRow } from '#shared/model/costs.ts';
import { COST_PROVIDERS, type CostProvider } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';
import { CONFIDENCE_FACTOR, LEVELS } from './doubt.ts';

/** What an estimate claimed of a job that succeeded, and what the job cost. */
export interface Claim {
  readonly provider: CostProvider;
  readonly backend_type: string | null;
  /** Above 0. */
  readonly projected: Usd;
  readonly low_50: Usd | null;
  readonly high_50: Usd | null;
  readonly low_80: Usd | null;
  readonly high_80: Usd | null;
  readonly low_95: Usd | null;
  readonly high_95: Usd | null;
  readonly confidence: number;
  readonly actual: Usd;
}

export type LeftOut = Calibration['left_out'];

/** Below this many, chance alone explains nearly every share. */
export const CLAIMS_NEEDED = 20;
/** The level whose interval is shown, and scored. */
const SCORED = LEVELS.indexOf(0.8);
const WITHIN = Math.log(CONFIDENCE_FACTOR);
const BINS = 10;

/** At LEVELS. */
const ENDS = [
  ['low_50', 'high_50'],
  ['low_80', 'high_80'],
  ['low_95', 'high_95'],
] as const satisfies readonly (readonly [low: keyof Claim, high: keyof Claim])[];
type Ends = (typeof ENDS)[number];

/** Claimed against come true: of all, of each provider, and of each of its backend types. */
export function calibrate(claims: readonly Claim[], left_out: LeftOut): Calibration {
  const byProvider = COST_PROVIDERS.map((provider) => {
    const mine = claims.filter((claim) => claim.provider === provider);
    const byBackend = groupedBy(mine, ({ backend_type }) => backend_type);
    const parts = [...byBackend].map(([backend_type, some]) => ({ backend_type, tally: tallyOf(some) }));
    return { provider, parts: parts.sort((a, b) => b.tally.n - a.tally.n) };
  }).filter(({ parts }) => parts.length > 0);
  const talliesOf = ({ parts }: (typeof byProvider)[number]): readonly Tally[] =>
    parts.map(({ tally }) => tally);
  const groups = [
    groupOf('all', null, null, together(byProvider.flatMap(talliesOf))),
    ...byProvider.flatMap((one) => {
      const { provider, parts } = one;
      return [
        groupOf(provider, provider, null, together(talliesOf(one))),
        ...parts.flatMap(({ backend_type, tally }) =>
          backend_type === null
            ? []
            : [groupOf(`${provider}, ${backend_type}`, provider, backend_type, tally)],
        ),
      ];
    }),
  ];
  return { groups, left_out, needed: CLAIMS_NEEDED };
}

/** Figures of claims that add up over groups: each claim is judged once. */
interface Tally {
  readonly n: number;
  /** At LEVELS. */
  readonly coverage: readonly Count[];
  readonly score: Mean;
  readonly brier: Mean;
  readonly bins: readonly Bin[];
  readonly logRatios: Float64Array;
}
interface Mean {
  readonly n: number;
  readonly mean: number;
}
/** Of one tenth of confidence_score. */
interface Bin extends Count {
  /** Mean probability. */
  readonly claimed: number;
}

function tallyOf(claims: readonly Claim[]): Tally {
  const at = ENDS.map((ends) => claimedAt(claims, ends));
  const logRatios = new Float64Array(claims.length);
  claims.forEach(({ actual, projected }, i) => {
    logRatios[i] = Math.log(actual / projected);
  });
  const forecasts = claims.map(
    ({ confidence }, i): Forecast => ({
      probability: confidence,
      happened: Math.abs(logRatios[i] ?? Number.NaN) <= WITHIN,
    }),
  );
  const scored = at[SCORED] ?? [];
  return {
    n: claims.length,
    coverage: at.map((some) => empiricalCoverage(some).value ?? { successes: 0, n: 0 }),
    score: { n: scored.length, mean: intervalScore(scored, LEVELS[SCORED] ?? 0.8).value ?? 0 },
    brier: { n: forecasts.length, mean: brierScore(forecasts).value ?? 0 },
    bins: binsOf(forecasts),
    // A job that cost nothing after all has no logarithm.
    logRatios: logRatios.filter((ratio) => Number.isFinite(ratio)),
  };
}

/** As multiples of the projected cost. */
function claimedAt(claims: readonly Claim[], [lowAt, highAt]: Ends): readonly Claimed[] {
  const claimed: Claimed[] = [];
  for (const claim of claims) {
    const { projected, [lowAt]: low, [highAt]: high } = claim;
    if (low === null || high === null) continue;
    claimed.push({ low: low / projected, high: high / projected, actual: claim.actual / projected });
  }
  return claimed;
}

const meanOf = (means: readonly Mean[]): Mean => {
  const n = means.reduce((sum, one) => sum + one.n, 0);
  return { n, mean: n === 0 ? 0 : means.reduce((sum, one) => sum + one.mean * one.n, 0) / n };
};

const countOf = (counts: readonly Count[]): Count => ({
  successes: counts.reduce((sum, { successes }) => sum + successes, 0),
  n: counts.reduce((sum, { n }) => sum + n, 0),
});

const binOf = (bins: readonly Bin[]): Bin => ({
  ...countOf(bins),
  claimed: meanOf(bins.map(({ n, claimed }) => ({ n, mean: claimed }))).mean,
});

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function together(tallies: readonly Tally[]): Tally {
  return {
    n: tallies.reduce((sum, { n }) => sum + n, 0),
    coverage: LEVELS.map((_, level) =>
      countOf(tallies.map(({ coverage }) => coverage[level] ?? { successes: 0, n: 0 })),
    ),
    score: meanOf(tallies.map(({ score }) => score)),
    brier: meanOf(tallies.map(({ brier }) => brier)),
    bins: Array.from({ length: BINS }, (_, i) => binOf(tallies.flatMap(({ bins }) => bins[i] ?? []))),
    logRatios: joined(tallies.map(({ logRatios }) => logRatios)),
  };
}

/** Tenths of what was claimed. */
function binsOf(forecasts: readonly Forecast[]): readonly Bin[] {
  const tenths = Array.from({ length: BINS }, (): Forecast[] => []);
  for (const forecast of forecasts)
    tenths[Math.min(BINS - 1, Math.floor(forecast.probability * BINS))]?.push(forecast);
  return tenths.map((bin) => ({
    n: bin.length,
    claimed: bin.reduce((sum, { probability }) => sum + probability, 0) / Math.max(1, bin.length),
    successes: bin.filter(({ happened }) => happened).length,
  }));
}

function groupOf(
  group: string,
  provider: CostProvider | null,
  backend_type: string | null,
  { n, coverage, score, brier, bins, logRatios }: Tally,
): CalibrationGroup {
  const ratios = sampleOf(logRatios).value;
  const happened = countOf(bins).successes;
  return {
    group,
    provider,
    backend_type,
    n,
    coverage: LEVELS.map((claimed, level) => coverageRow(claimed, coverage[level] ?? { successes: 0, n: 0 })),
    log_bias: ratios === null ? null : median(ratios).value,
    interval_score: score.n === 0 ? null : score.mean,
    brier: brier.n === 0 ? null : brier.mean,
    // Of the share of those that happened, as bestConstantBrier has it.
    brier_best_constant: n === 0 ? null : (happened / n) * (1 - happened / n),
    reliability: bins.filter((bin) => bin.n > 0).map(reliabilityOf),
  };
}

/** How many intervals held what came, and whether chance explains it. */
export function coverageRow(claimed: number, { successes, n }: Count): CoverageRow {
  const { low, high } = band(claimed, n);
  const empirical = n === 0 ? null : successes / n;
  return {
    claimed,
    inside: successes,
    n,
    empirical,
    band_low: low,
    band_high: high,
    verdict:
      empirical === null || n < CLAIMS_NEEDED
        ? 'not yet calibrated'
        : empirical < low
          ? 'too narrow'
          : empirical > high
            ? 'too wide'
            : 'as claimed',
  };
}

function reliabilityOf({ claimed, successes, n }: Bin): CalibrationGroup['reliability'][number] {
  const { low, high } = band(claimed, n);
  return { claimed, happened: successes / n, n, band_low: low, band_high: high };
}

/** Where the share of n lies 95 times of 100 when the claim is true; anywhere, where there is nothing to count. */
function band(claimed: number, n: number): { readonly low: number; readonly high: number } {
  if (claimed <= 0 || claimed >= 1) return { low: claimed, high: claimed };
  return binomialBand(claimed, n).value ?? { low: 0, high: 1 };
}

function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
