import type { JobDetail } from './job.ts';
import type { SourceId } from './source.ts';
import type { EpochSeconds, Milliseconds, Usd } from './units.ts';

/** What jobs can be grouped by, and what may differ between groups. `attribute:<span name>:<key>` is one more. */
export const DIMENSIONS = [
  'backend_type',
  'model',
  'agent',
  'provider_type',
  'tenant_id',
  'kind',
  'question',
  'source',
] as const satisfies readonly (keyof JobDetail | 'source')[];
export type Dimension = (typeof DIMENSIONS)[number];

/** Measures that are no span name; every other measure is the total time of the spans of that name in a job. */
export const JOB_MEASURES = [
  'job',
  'queue',
  'cost',
  'tokens_in',
  'tokens_out',
  'first_token',
  'prompt_speed',
  'generation_speed',
] as const;
export type JobMeasure = (typeof JOB_MEASURES)[number];

export interface MeasureInfo {
  /** One of JOB_MEASURES, or a span name (`agent.ask`). */
  readonly measure: string;
  readonly title: string;
  readonly unit: 'ms' | 'usd' | 'tokens' | 'tokens_per_second';
  readonly better: 'lower' | 'higher';
  /** Where the figure comes from, in a sentence (who measured it, its cost basis). */
  readonly about: string;
}

/** One job's value, for the mark that leads to it. */
export interface ComparedJob {
  readonly source: SourceId;
  readonly job_id: string;
  readonly value: number;
}

/** Why a figure is not there, in a sentence. */
export type Missing = { readonly missing: string };

export interface GroupFigures {
  /** The group's value; '' where jobs have none. */
  readonly key: string;
  /** Values behind every figure: succeeded jobs that have one. */
  readonly n: number;
  readonly jobs: number;
  readonly succeeded: number;
  readonly failures: number;
  /** Neither a success nor a failure: left out of every figure. */
  readonly cancelled: number;
  /** Still queued or running: left out. */
  readonly unfinished: number;
  /** Succeeded without a value of this measure, or with one that is no number, or negative. */
  readonly unknown: number;
  readonly median: number | null;
  /** Distribution-free; null when n is too small for one. */
  readonly median_low: number | null;
  readonly median_high: number | null;
  /** Exact coverage of that interval. */
  readonly median_coverage: number | null;
  readonly mean: number | null;
  /** Null with `p90_note` when n allows none. */
  readonly p90: number | null;
  readonly p90_note: string | null;
  readonly p99: number | null;
  readonly p99_note: string | null;
  readonly success_rate: number | null;
  readonly success_low: number | null;
  readonly success_high: number | null;
  /** Spent on all its ended jobs, divided by its successes; null with `cost_note` when the cost of one is not known. */
  readonly cost_per_success: Usd | null;
  /** The same of what is known: no success costs less. Null when no cost is known, or nothing succeeded. */
  readonly cost_at_least: Usd | null;
  readonly cost_note: string | null;
  /** Ended jobs with a known cost. */
  readonly cost_known: number;
  /** Tukey; whiskers end at values. */
  readonly box: {
    readonly q1: number;
    readonly q3: number;
    readonly low: number;
    readonly high: number;
  } | null;
  /** Steps of the empirical distribution, extremes kept; at most 400. */
  readonly ecdf: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** Every value up to 500, an even choice of them above; ascending. */
  readonly points: readonly ComparedJob[];
}

/** A condition under which the groups were not alike. */
export interface Condition {
  readonly name: string;
  readonly title: string;
  /** Share of each group's jobs per value; at most 8 values, the rest as '…'. */
  readonly shares: readonly {
    readonly group: string;
    readonly values: readonly { readonly value: string; readonly share: number }[];
  }[];
  /** Share of all compared jobs whose value of it does not occur in every group. */
  readonly affected: number;
  /** `matched` can take it away. */
  readonly can_match: boolean;
  readonly sentence: string;
}

export interface CompareResult {
  readonly measure: MeasureInfo;
  readonly by: string;
  readonly groups: readonly GroupFigures[];
  readonly conditions: readonly Condition[];
  readonly baseline: string | null;
  readonly jobs: number;
  /** Jobs reached through more than one source, counted once. */
  readonly duplicates: number;
  readonly demo_left_out: number;
  /** Left out by `matched`: their stratum is not in every group. */
  readonly unmatched: number;
  /** Groups beyond the 50 largest are not shown. */
  readonly groups_left_out: number;
  readonly notes: readonly string[];
  /** False while a source is still being indexed: figures are of what is indexed. */
  readonly complete: boolean;
  readonly took_ms: Milliseconds;
}

export type VerdictWord = 'better' | 'worse' | 'no_difference' | 'not_enough';

/** Verdicts on how often jobs succeed, beside those on a measure: faster for failing more is not better. */
export const SUCCESS = 'success';

/** a against b. */
export interface ComparisonVerdict {
  /** What is judged: the measure compared, or SUCCESS. */
  readonly measure: string;
  readonly a: string;
  readonly b: string;
  readonly verdict: VerdictWord;
  /**
   * Hodges-Lehmann ratio a / b with its interval; the shift a - b where ratios are impossible (values of 0). Of
   * success: percentage points a - b, with the interval from exact limits.
   */
  readonly effect: number | null;
  readonly effect_low: number | null;
  readonly effect_high: number | null;
  readonly effect_kind: 'ratio' | 'difference';
  /** Of medians, each with its own 95 % interval. */
  readonly difference: number | null;
  readonly difference_low: number | null;
  readonly difference_high: number | null;
  /** Mann-Whitney, Holm-corrected over all comparisons made together. */
  readonly p: number | null;
  readonly cliffs_delta: number | null;
  /** With not_enough: about so many more runs per group. */
  readonly more_runs: number | null;
  /** Effect first: "ollama is 1.4 to 1.9 times slower than bedrock (n 120, 96)". */
  readonly sentence: string;
}

/** Better in the measure and worse in success, or the other way round: neither group is the better one. */
export const isTradeOff = (
  measured: Pick<ComparisonVerdict, 'verdict'>,
  success: Pick<ComparisonVerdict, 'verdict'>,
): boolean =>
  (measured.verdict === 'better' && success.verdict === 'worse') ||
  (measured.verdict === 'worse' && success.verdict === 'better');

export interface VerdictProgress {
  readonly done: number;
  readonly total: number;
  /** At the end. */
  readonly verdicts: readonly ComparisonVerdict[] | null;
  /** With `verdicts`: on SUCCESS of the same pairs in the same order, corrected among themselves. */
  readonly success: readonly ComparisonVerdict[] | null;
  /**
   * At the end: those of the result, and those that labels of spans tell (versions, hardware), which take time. Null where
   * jobs were removed meanwhile.
   */
  readonly conditions: readonly Condition[] | null;
  /** Smallest difference of interest that was asked for, as a fraction. */
  readonly smallest: number;
  readonly note: string | null;
}

/** Where the time goes: per group, the mean time per job in each span name's own time. */
export interface PhaseBreakdown {
  /** Span names whose place in the tree of spans is known; the others' time is in that of the spans around them. */
  readonly names: readonly string[];
  readonly groups: readonly {
    readonly key: string;
    readonly n: number;
    /** Mean milliseconds per job, by `names`. */
    readonly own_ms: readonly number[];
    /** Mean of what no span accounts for. */
    readonly rest_ms: Milliseconds;
  }[];
  /** What is not known about which span lies in which, and which names are therefore not among these. */
  readonly note: string | null;
}

export interface TrendPoint {
  readonly from: EpochSeconds;
  readonly to: EpochSeconds;
  readonly n: number;
  readonly median: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly failures: number;
}
export interface Trend {
  readonly groups: readonly { readonly key: string; readonly points: readonly TrendPoint[] }[];
  readonly outside: OutsideJobs | null;
}

/** Jobs so far from all others in time (a clock was wrong) that they are in no span of it. */
export interface OutsideJobs {
  readonly jobs: number;
  /** The first few. */
  readonly examples: readonly {
    readonly source: SourceId;
    readonly job_id: string;
    readonly created_at: EpochSeconds;
  }[];
}

/** Metrics explorer: one span name over time, cut by a dimension. */
export interface ExploreBucket {
  readonly from: EpochSeconds;
  readonly to: EpochSeconds;
  readonly count: number;
  readonly errors: number;
  /** Of the jobs' mean time per span; null below what the quantile needs. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}
export interface ExploreResult {
  readonly event: string;
  readonly by: string | null;
  readonly series: readonly {
    readonly key: string;
    /** Among the groups of a comparison by the same dimension, the largest first. */
    readonly place: number;
    readonly total: number;
    readonly buckets: readonly ExploreBucket[];
  }[];
  readonly outside: OutsideJobs | null;
  readonly events: readonly { readonly event: string; readonly total: number }[];
  readonly complete: boolean;
  readonly took_ms: Milliseconds;
}

/** A step of n jobs laid over one another: spans with the same path of names and the same place among their like. */
export interface BandRow {
  /** Names from the root, each with its place among equal siblings: `job.execute/agent.ask/driver.call[2]`. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** Index of its parent row; -1 for a root. */
  readonly parent: number;
  /** Jobs that have this step. */
  readonly n: number;
  readonly errors: number;
  /** Milliseconds since the job's start: 10th, 50th, 90th percentile. */
  readonly start: readonly [number, number, number];
  readonly duration: readonly [number, number, number];
  /** The job with the longest one. */
  readonly slowest: {
    readonly source: SourceId;
    readonly job_id: string;
    readonly span_id: string;
    readonly duration_ms: Milliseconds;
  };
}
export interface TraceBands {
  readonly rows: readonly BandRow[];
  readonly jobs: number;
  /** Jobs without spans, or too large to be aligned. */
  readonly left_out: number;
  /** Named twice, or reached through more than one source: counted once. */
  readonly duplicates: number;
  /** Rows beyond the 2,000 with the most jobs are not shown. */
  readonly rows_left_out: number;
  readonly took_ms: Milliseconds;
}

/** A comparison under a name. `query` is the view's own link. */
export interface SavedComparison {
  readonly id: string;
  readonly name: string;
  readonly query: string;
  readonly saved_at: EpochSeconds;
}
