import { seeded } from '#shared/lib/random.ts';
import type {
  BudgetStatus,
  Calibration,
  CalibrationGroup,
  EstimateOutcome,
  PriceRow,
  Simulation,
  SpendReport,
} from '#shared/model/costs.ts';
import type { CostBasis } from '#shared/model/estimate.ts';
import type { JobDetail, JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** A job with the estimate that was kept with it. */
export const madeJob = (jobId: string, estimate: JsonObject | null): JobDetail => ({
  job_id: jobId,
  tenant_id: 'default',
  kind: 'agentic-agent',
  status: 'succeeded',
  demo: false,
  agent: 'holmes',
  backend_type: 'bedrock',
  provider_type: null,
  model: null,
  question: null,
  message: null,
  error_code: null,
  created_at: 1_795_000_000,
  started_at: null,
  finished_at: null,
  updated_at: 1_795_000_000,
  queue_ms: null,
  duration_ms: null,
  estimate_usd: null,
  cost_usd: null,
  tokens_total: null,
  span_count: 0,
  error_count: 0,
  suspected_failure: false,
  request: {},
  result: null,
  error: null,
  estimate,
  artifacts: [],
  spans_recorded: false,
  notes: [],
});

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Jobs on three backends; bedrock is estimated 1.3 times too low, and some cannot be judged. */
export function madeOutcomes(now: EpochSeconds, n = 240): readonly EstimateOutcome[] {
  const random = seeded(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
  const kinds = [
    ['aws', 'bedrock', 'anthropic.claude-3-haiku-20240307-v1:0', 0.011, 0.26, 'reported-tokens'],
    ['vastai', 'ollama', 'llama3.1:70b', 1.9, 0, 'metered'],
    ['local', 'k8s-inference', 'llama3.1:8b', 0.0006, 0, 'hardware-derived'],
  ] as const;
  return Array.from({ length: n }, (_, i): EstimateOutcome => {
    const [provider, backend_type, model, middle, bias, basis] = kinds[i % 7 === 0 ? 2 : i % 3 === 0 ? 1 : 0];
    const projected = middle * Math.exp(0.5 * normal());
    const actual = projected * Math.exp(bias + 0.3 * normal());
    const at = now - (n - i) * 2.7 * HOUR;
    const status = i % 19 === 5 ? 'failed' : i > n - 4 ? 'running' : 'succeeded';
    const isUnknown = i % 23 === 11;
    return {
      job_id: `${String(i).padStart(8, '0')}-6b1e-4f0a-9d2c-8d1f0c5a7e11`,
      estimated_at: at,
      ended_at: status === 'running' ? null : at + 400,
      status,
      tenant_id: 'default',
      kind: 'agentic-agent',
      provider,
      backend_type,
      model,
      agent: 'holmes',
      projected_usd: projected,
      low_usd: projected * 0.62,
      high_usd: projected * 1.61,
      confidence_score: 0.4 + 0.3 * random(),
      basis: `Median of 31 ${backend_type} jobs and a price of the book of 2026-05; doubt from the residuals of 64 jobs.`,
      actual_usd: status === 'running' || isUnknown ? null : actual,
      actual_basis: isUnknown ? 'unknown' : basis,
    };
  }).toReversed();
}

/** Spending of the last `days` days on three bases. */
export function madeSpend(now: EpochSeconds, days = 30, keys = 4): SpendReport {
  const random = seeded(3);
  const names = [
    'bedrock',
    'openai',
    'ollama',
    'k8s-inference',
    ...Array.from({ length: 20 }, (_, i) => `key-${i}`),
  ];
  const bases: readonly (readonly [CostBasis, number, number])[] = [
    ['metered', 2, 2.4],
    ['reported-tokens', 0, 0.9],
    ['reported-tokens', 1, 0.4],
    ['hardware-derived', 3, 0.0004],
    ...Array.from({ length: Math.max(0, keys - 4) }, (_, i) => ['reported-tokens', i + 4, 0.02] as const),
  ];
  const rows = Array.from({ length: days }, (_, i) => {
    const date = new Date((now - (days - 1 - i) * DAY) * 1000);
    const two = (n: number): string => String(n).padStart(2, '0');
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    return bases.flatMap(([basis, key, usd]) =>
      random() < 0.25
        ? []
        : [
            {
              day,
              key: names[key] ?? null,
              basis,
              usd: usd * (0.3 + random()),
              jobs: 1 + Math.floor(8 * random()),
            },
          ],
    );
  }).flat();
  const used = [...new Set(rows.map(({ basis }) => basis))];
  return {
    rows,
    totals: used.map((basis) => {
      const mine = rows.filter((row) => row.basis === basis);
      return {
        basis,
        usd: mine.reduce((sum, { usd }) => sum + usd, 0),
        jobs: mine.reduce((sum, { jobs }) => sum + jobs, 0),
      };
    }),
    unknown_jobs: 3,
  };
}

export const madeBudget = (changes: Partial<BudgetStatus> = {}): BudgetStatus => ({
  day_usd: 20,
  job_usd: 5,
  spent_today_usd: 7.35,
  committed_usd: 1.2,
  ...changes,
});

function madeGroup(
  group: string,
  n: number,
  covered: readonly [number, number, number],
  changes: Partial<CalibrationGroup> = {},
): CalibrationGroup {
  const verdicts = covered.map((empirical, at) => {
    const claimed = [0.5, 0.8, 0.95][at] ?? 0;
    const half = 1.96 * Math.sqrt((claimed * (1 - claimed)) / Math.max(1, n));
    const [low, high] = [Math.max(0, claimed - half), Math.min(1, claimed + half)];
    return {
      claimed,
      inside: Math.round(empirical * n),
      n,
      empirical: n === 0 ? null : empirical,
      band_low: low,
      band_high: high,
      verdict:
        n < 20
          ? ('not yet calibrated' as const)
          : empirical < low
            ? ('too narrow' as const)
            : empirical > high
              ? ('too wide' as const)
              : ('as claimed' as const),
    };
  });
  return {
    group,
    provider: null,
    backend_type: null,
    n,
    coverage: verdicts,
    log_bias: 0.04,
    interval_score: 1.21,
    brier: 0.203,
    brier_best_constant: 0.241,
    reliability: [0.35, 0.55, 0.75, 0.93].map((claimed, at) => ({
      claimed,
      happened: Math.min(1, claimed + ([0.06, -0.02, 0.03, -0.01][at] ?? 0)),
      n: Math.round(n * ([0.2, 0.4, 0.3, 0.1][at] ?? 0)),
      band_low: Math.max(0, claimed - 0.13),
      band_high: Math.min(1, claimed + 0.13),
    })),
    ...changes,
  };
}

export const madeCalibration = (): Calibration => ({
  groups: [
    madeGroup('all', 214, [0.52, 0.81, 0.944]),
    madeGroup('aws, bedrock', 142, [0.38, 0.66, 0.85], {
      provider: 'aws',
      backend_type: 'bedrock',
      log_bias: 0.262,
    }),
    madeGroup('vastai, ollama', 60, [0.72, 0.95, 1], {
      provider: 'vastai',
      backend_type: 'ollama',
      brier: 0.25,
    }),
    madeGroup('local, k8s-inference', 12, [0.5, 0.8, 1], {
      provider: 'local',
      backend_type: 'k8s-inference',
    }),
  ],
  left_out: { demo: 31, not_ended: 3, unsuccessful: 11, cost_unknown: 9 },
  needed: 20,
});

const price = (changes: Partial<PriceRow> & Pick<PriceRow, 'id' | 'provider' | 'name'>): PriceRow => ({
  region: null,
  gpu: null,
  gpu_count: 1,
  usd_hour: null,
  usd_million_in: null,
  usd_million_out: null,
  source: 'book',
  origin: 'AWS price list, us-east-1, on demand, Linux',
  as_of: 1_780_000_000,
  ...changes,
});

export const madePrices = (): readonly PriceRow[] => [
  price({
    id: 'aws/p4d.24xlarge',
    provider: 'aws',
    name: 'p4d.24xlarge',
    region: 'us-east-1',
    gpu: 'A100 40GB',
    gpu_count: 8,
    usd_hour: 21.957_642,
  }),
  price({
    id: 'aws/g5.xlarge',
    provider: 'aws',
    name: 'g5.xlarge',
    region: 'us-east-1',
    gpu: 'A10G',
    usd_hour: 1.006,
    source: 'live',
  }),
  price({
    id: 'api/gpt-4o-mini',
    provider: 'api',
    name: 'gpt-4o-mini',
    gpu_count: 0,
    usd_million_in: 0.15,
    usd_million_out: 0.6,
    origin: 'OpenAI pricing page',
  }),
  price({
    id: 'aws/claude-3-haiku',
    provider: 'aws',
    name: 'claude-3-haiku',
    gpu_count: 0,
    usd_million_in: 0.25,
    usd_million_out: 1.25,
    source: 'override',
    origin: 'your own price',
    as_of: 1_795_000_000,
  }),
];

export const madeSimulation = (changes: Partial<Simulation> = {}): Simulation => ({
  single_cost_usd: 0.0405,
  single_low_usd: 0.009_41,
  single_high_usd: 0.1643,
  total_cost_usd: 0.567,
  total_low_usd: 0.1317,
  total_high_usd: 2.3,
  runs_per_period: 2,
  period_days: 7,
  confidence_score: 0.41,
  historical_basis: 'from_history',
  historical_sample_count: 42,
  token_samples_from_history: 40,
  duration_seconds: { low: 75, mid: 300, high: 900 },
  llm_input_tokens_assumed: 8192,
  llm_output_tokens_assumed: 2048,
  price: madePrices()[1] ?? null,
  components_usd: { gpu_compute: 0.0333, llm_tokens: 0.0072 },
  differences: [
    'RUNE prices the whole 8-GPU machine for one A100; this is the price of one GPU.',
    'RUNE rounds money to four decimals; nothing is rounded here.',
  ],
  ...changes,
});
