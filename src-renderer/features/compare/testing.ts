import { normals, seeded } from '#shared/lib/random.ts';
import { runsForQuantile } from '#shared/lib/statistics/quantile.ts';
import {
  type CompareResult,
  type ComparisonVerdict,
  type Condition,
  type ExploreResult,
  type GroupFigures,
  type MeasureInfo,
  type PhaseBreakdown,
  SUCCESS,
  type Trend,
  type VerdictProgress,
} from '#shared/model/compare.ts';

export const ASK: MeasureInfo = {
  measure: 'agent.ask',
  title: 'agent.ask',
  unit: 'ms',
  better: 'lower',
  about: 'Time of all agent.ask spans of a job together.',
};

/** Figures of a group with `n` values around a median, as the engine has them. */
export function madeGroup(
  key: string,
  n: number,
  median: number,
  changes: Partial<GroupFigures> = {},
): GroupFigures {
  const random = seeded(n + key.length * 1000);
  const normal = normals(random);
  const values = Array.from({ length: n }, () => median * Math.exp(0.35 * normal())).sort((a, b) => a - b);
  const at = (p: number): number | null => values[Math.min(n - 1, Math.floor(n * p))] ?? null;
  const hasInterval = n >= runsForQuantile(0.5);
  const [needs90, needs99] = [runsForQuantile(0.9), runsForQuantile(0.99)];
  const [q1, q3] = [at(0.25) ?? 0, at(0.75) ?? 0];
  return {
    key,
    n,
    jobs: n + 3,
    succeeded: n,
    failures: 2,
    cancelled: 1,
    unfinished: 0,
    unknown: 0,
    median: at(0.5),
    median_low: hasInterval ? at(0.4) : null,
    median_high: hasInterval ? at(0.6) : null,
    median_coverage: hasInterval ? 0.957 : null,
    mean: n === 0 ? null : values.reduce((sum, value) => sum + value, 0) / n,
    p90: n >= needs90 ? at(0.9) : null,
    p90_note: n >= needs90 ? null : `p90 needs ${needs90} runs with a value; there are ${n}.`,
    p99: n >= needs99 ? at(0.99) : null,
    p99_note: n >= needs99 ? null : `p99 needs ${needs99} runs with a value; there are ${n}.`,
    success_rate: n / (n + 2),
    success_low: n / (n + 2) - 0.05,
    success_high: Math.min(1, n / (n + 2) + 0.03),
    cost_per_success: 0.004,
    cost_at_least: 0.004,
    cost_note: null,
    cost_known: n + 2,
    box: n < 5 ? null : { q1, q3, low: values[0] ?? 0, high: values.at(-1) ?? 0 },
    ecdf: { x: values, y: values.map((_, i) => (i + 1) / n) },
    points: values.map((value, i) => ({ source: 'own', job_id: `${key}-${i}`, value })),
    ...changes,
  };
}

export const MODEL_DIFFERS: Condition = {
  name: 'model',
  title: 'The model',
  shares: [
    { group: 'ollama', values: [{ value: 'llama3.1:8b', share: 1 }] },
    {
      group: 'bedrock',
      values: [
        { value: 'llama3.1:8b', share: 0.25 },
        { value: 'claude', share: 0.75 },
      ],
    },
  ],
  affected: 0.4,
  can_match: true,
  sentence: 'The model differs: "claude" in 75 % of bedrock, in 0 % of ollama.',
};

export const VERSION_DIFFERS: Condition = {
  ...MODEL_DIFFERS,
  name: 'agent_version',
  title: "The agent's version",
  sentence: 'The agent\'s version differs: "0.12.1" in 100 % of ollama.',
};

export function madeResult(
  groups: readonly GroupFigures[],
  changes: Partial<CompareResult> = {},
): CompareResult {
  return {
    measure: ASK,
    by: 'backend_type',
    groups,
    conditions: [],
    baseline: null,
    jobs: groups.reduce((sum, { jobs }) => sum + jobs, 0),
    duplicates: 0,
    demo_left_out: 0,
    unmatched: 0,
    groups_left_out: 0,
    notes: [],
    complete: true,
    took_ms: 4,
    ...changes,
  };
}

/** Every pair of the groups, by the ratio of their medians. */
export function madeVerdicts(groups: readonly GroupFigures[]): readonly ComparisonVerdict[] {
  return groups.flatMap((a, i) =>
    groups.slice(i + 1).map((b): ComparisonVerdict => {
      const few = a.n < 6 || b.n < 6;
      const effect = (a.median ?? 1) / (b.median ?? 1);
      return {
        measure: ASK.measure,
        a: a.key,
        b: b.key,
        verdict: few ? 'not_enough' : effect > 1.05 ? 'worse' : effect < 0.95 ? 'better' : 'no_difference',
        effect,
        effect_low: effect * 0.9,
        effect_high: effect * 1.1,
        effect_kind: 'ratio',
        difference: (a.median ?? 0) - (b.median ?? 0),
        difference_low: 0,
        difference_high: 1,
        p: 0.001,
        cliffs_delta: 0.4,
        more_runs: few ? 40 : null,
        sentence: few
          ? `Not enough runs to say whether ${a.key} or ${b.key} is faster: about 40 more runs per group.`
          : `${a.key} is 1.4 to 1.9 times slower than ${b.key} on agent.ask (n ${a.n} and ${b.n}).`,
      };
    }),
  );
}

/** The same pairs by the groups' success rates; any 5 points are a claim. */
export function madeSuccess(groups: readonly GroupFigures[]): readonly ComparisonVerdict[] {
  return madeVerdicts(groups).map((one): ComparisonVerdict => {
    const rateOf = (name: string) => groups.find(({ key }) => key === name)?.success_rate ?? 0;
    const effect = (rateOf(one.a) - rateOf(one.b)) * 100;
    const verdict = effect > 5 ? 'better' : effect < -5 ? 'worse' : 'no_difference';
    return {
      ...one,
      measure: SUCCESS,
      verdict,
      effect,
      effect_low: effect - 4,
      effect_high: effect + 4,
      effect_kind: 'difference',
      difference: null,
      difference_low: null,
      difference_high: null,
      cliffs_delta: null,
      more_runs: null,
      sentence:
        verdict === 'no_difference'
          ? `No difference larger than 5 points in how often ${one.a} and ${one.b} succeed.`
          : `${one.a} succeeds ${Math.abs(effect).toFixed(0)} points ${effect > 0 ? 'more' : 'less'} often than ${one.b}.`,
    };
  });
}

/** The verdicts as a stream, held until `gate` opens. */
export async function* verdictStream(
  groups: readonly GroupFigures[],
  conditions: readonly Condition[],
  gate: Promise<void> = Promise.resolve(),
): AsyncGenerator<VerdictProgress> {
  const verdicts = madeVerdicts(groups);
  const base = { total: verdicts.length, smallest: 0.05, note: null };
  yield { ...base, done: 0, verdicts: null, success: null, conditions: null };
  await gate;
  yield { ...base, done: verdicts.length, verdicts, success: madeSuccess(groups), conditions };
}

export const madePhases = (groups: readonly GroupFigures[]): PhaseBreakdown => ({
  names: ['agent.ask', 'driver.call', 'backend.warmup'],
  groups: groups.map(({ key, n, median }) => ({
    key,
    n,
    own_ms: [(median ?? 0) * 0.7, (median ?? 0) * 0.2, 900],
    rest_ms: 120,
  })),
  note: null,
});

const DAY = 86_400;
const START = 1_794_000_000;

export const madeTrend = (groups: readonly GroupFigures[]): Trend => ({
  groups: groups.map(({ key, median }) => ({
    key,
    points: Array.from({ length: 10 }, (_, i) => ({
      from: START + i * DAY,
      to: START + (i + 1) * DAY,
      n: 12,
      median: (median ?? 0) * (1 + i / 20),
      low: (median ?? 0) * 0.9,
      high: (median ?? 0) * 1.6,
      failures: 0,
    })),
  })),
  outside: null,
});

export const madeExplore = (by: string | null): ExploreResult => ({
  event: 'agent.ask',
  by,
  series: (by === null ? [''] : ['ollama', 'bedrock']).map((key, place) => ({
    key,
    place,
    total: 240,
    buckets: Array.from({ length: 12 }, (_, i) => ({
      from: START + i * DAY,
      to: START + (i + 1) * DAY,
      count: 20,
      errors: i % 4,
      p50: 12_000 + i * 100,
      p90: null,
      p99: null,
    })),
  })),
  outside: null,
  events: [
    { event: 'agent.ask', total: 480 },
    { event: 'driver.call', total: 960 },
  ],
  complete: true,
  took_ms: 3,
});
