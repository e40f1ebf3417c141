import type { Clock } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { SimulateQuery } from '#shared/contract/costs.ts';
import { mean, sampleOf, standardDeviation } from '#shared/lib/statistics/sample.ts';
import type { Simulation } from '#shared/model/costs.ts';
import { toEpochSeconds, type Usd } from '#shared/model/units.ts';
import { tokenCost } from './actual.ts';
import {
  type CampaignDoubt,
  campaignInterval,
  DEFAULT_MEAN_SIGMA,
  runConfidence,
  SCATTER_PRIOR,
} from './campaign.ts';
import { defaultsOf } from './defaults.ts';
import { RESIDUALS_NEEDED } from './history.ts';
import { type PastRun, pastRuns } from './past-runs.ts';
import { runeWhatIf } from './rune-what-if.ts';
import type { Prices } from './seams.ts';
import { differencesOf } from './simulate-differences.ts';
import { gpuPriced, paysTokens, tokensPriced } from './simulate-prices.ts';

export interface SimulatorDeps {
  readonly db: Db;
  readonly prices: Prices;
  readonly clock: Clock;
  scopeOf(agent: string): string | null;
}

/** What runs of an agent would cost: RUNE's what-if, corrected. */
export interface Simulator {
  simulate(query: SimulateQuery, signal: AbortSignal): Promise<Simulation>;
}

const COVERAGE = 0.8;
/** The latest of those found: an older cost is no longer theirs. */
const RUNS = 200;
/** RUNE's agent where none is named. */
const DEFAULT_AGENT = 'holmes';

type Tokens = ReturnType<typeof defaultsOf>['tokens'];

export function createSimulator({ db, prices, clock, scopeOf }: SimulatorDeps): Simulator {
  return {
    async simulate(given, signal) {
      const query = trimmed(given);
      const now = toEpochSeconds(clock.nowUs());
      const found = pastRuns(db, query);
      const runs = found.slice(0, RUNS);
      const agent = query.agent || DEFAULT_AGENT;
      const about = { provider: 'local', backend_type: null, model: query.model || null, agent } as const;
      const defaults = defaultsOf(about, scopeOf);
      const counted = runs.flatMap((run) => tokensOf(run) ?? []);
      const duration = meanOf(runs.map(({ duration_s }) => duration_s)) ?? defaults.duration_seconds;
      const used: Tokens = {
        input: meanOf(counted.map(({ input }) => input)) ?? defaults.tokens.input,
        output: meanOf(counted.map(({ output }) => output)) ?? defaults.tokens.output,
      };

      const paid = paysTokens(query);
      const gpu = query.gpu === '' ? null : await gpuPriced(prices, query.gpu, now, signal);
      const tokens = paid ? await tokensPriced(prices, query.model, now, signal) : null;
      const cost = (seconds: number, of: Tokens): Parts => ({
        gpu: gpu === null ? 0 : (seconds / 3600) * gpu.rate.usd,
        tokens: tokens === null ? 0 : tokenCost(tokens.rate, of),
      });
      const isKnown =
        (query.gpu === '' || gpu !== null) && (!paid || tokens !== null) && (gpu ?? tokens) !== null;
      const one = cost(duration, used);
      const single = isKnown ? one.gpu + one.tokens : null;
      const sure = {
        n: runs.length,
        counted: counted.length,
        gpu: gpu?.log_sigma ?? 0,
        tokens: tokens?.log_sigma ?? 0,
      };
      const doubt = doubtOf(
        one,
        runs.map((run) => sumOf(cost(run.duration_s, tokensOf(run) ?? used))),
        sure,
      );
      const count = query.runs_per_period * query.period_days;
      const interval = (n: number) => (single === null ? null : campaignInterval(single, n, doubt, COVERAGE));
      const time = doubtOf(
        { gpu: 1, tokens: 0 },
        runs.map(({ duration_s }) => duration_s),
        { ...sure, gpu: 0 },
      );
      const warnings = [gpu?.warning, tokens?.warning].filter((warning) => warning != null);

      const ours: Omit<Simulation, 'differences'> = {
        single_cost_usd: single,
        single_low_usd: interval(1)?.low ?? null,
        single_high_usd: interval(1)?.high ?? null,
        total_cost_usd: single === null ? null : single * count,
        total_low_usd: interval(count)?.low ?? null,
        total_high_usd: interval(count)?.high ?? null,
        runs_per_period: query.runs_per_period,
        period_days: query.period_days,
        // Of an unknown cost nothing is claimed.
        confidence_score: single === null ? 0 : runConfidence(doubt),
        historical_basis: runs.length > 0 ? 'from_history' : 'scope_heuristic',
        historical_sample_count: runs.length,
        token_samples_from_history: counted.length,
        duration_seconds: { mid: duration, ...campaignInterval(duration, 1, time, COVERAGE) },
        llm_input_tokens_assumed: used.input,
        llm_output_tokens_assumed: used.output,
        price: gpu?.row ?? tokens?.row ?? null,
        components_usd: {
          gpu_compute: gpu === null ? null : one.gpu,
          // A model on the rented GPU has no bill of its own; of none that is named, nothing is known.
          llm_tokens: tokens !== null ? one.tokens : paid || query.model === '' ? null : 0,
        },
        coverage: COVERAGE,
        warning: warnings.length === 0 ? null : warnings.join(' '),
      };
      const rune = runeWhatIf(query, found);
      const differences = differencesOf({
        query,
        found,
        taken: runs.length,
        defaults,
        gpu,
        tokens,
        ours,
        rune,
      });
      return { ...ours, differences };
    },
  };
}

interface Parts {
  readonly gpu: Usd;
  readonly tokens: Usd;
}

const sumOf = ({ gpu, tokens }: Parts): Usd => gpu + tokens;

/**
 * Scatter by the runs themselves where there are enough, else at least the prior. Common to all runs are the prices,
 * apart from each other, and where the means lie: of time and tokens together, as long runs read and write more.
 */
function doubtOf(
  one: Parts,
  costs: readonly number[],
  sure: { readonly n: number; readonly counted: number; readonly gpu: number; readonly tokens: number },
): CampaignDoubt {
  const all = sumOf(one);
  const logs = sampleOf(costs.filter((usd) => usd > 0).map(Math.log)).value;
  const spread = (logs === null ? null : standardDeviation(logs.ascending).value) ?? 0;
  const scatter = costs.length >= RESIDUALS_NEEDED ? spread : Math.max(SCATTER_PRIOR, spread);
  const meanSigma = (n: number): number => (n === 0 ? DEFAULT_MEAN_SIGMA : scatter / Math.sqrt(n));
  const share = all > 0 ? { gpu: one.gpu / all, tokens: one.tokens / all } : { gpu: 1, tokens: 0 };
  const amount = share.gpu * meanSigma(sure.n) + share.tokens * meanSigma(sure.counted);
  return { scatter, common: Math.hypot(amount, share.gpu * sure.gpu, share.tokens * sure.tokens) };
}

const tokensOf = ({ tokens_in, tokens_out }: PastRun): Tokens | null =>
  tokens_in === null || tokens_out === null ? null : { input: tokens_in, output: tokens_out };

const meanOf = (values: readonly number[]): number | null => mean(Float64Array.from(values)).value;

const trimmed = (query: SimulateQuery): SimulateQuery => ({
  ...query,
  agent: query.agent.trim(),
  suite: query.suite.trim(),
  model: query.model.trim(),
  gpu: query.gpu.trim(),
});
