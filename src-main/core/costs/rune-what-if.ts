import type { SimulateQuery } from '#shared/contract/costs.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';
import { defaultsOf } from './defaults.ts';
import type { PastRun } from './past-runs.ts';
import { PRICE_BOOK } from './prices/book.ts';

/** What RUNE would say, unrounded, and what it would take for it (reference: jobs §7). */
export interface RuneAnswer {
  /** Runs that it would find. */
  readonly runs: readonly PastRun[];
  readonly duration: { readonly low: Seconds; readonly mid: Seconds; readonly high: Seconds };
  readonly tokens: { readonly input: number; readonly output: number };
  readonly gpu: {
    /** The name in its table that it took `gpu` for; null: none. */
    readonly key: string | null;
    readonly usd: Usd;
    /** The Azure machine whose price it takes; by our book. */
    readonly machine: string | null;
    readonly low: Usd;
    readonly high: Usd;
  };
  readonly rates: { readonly key: string | null; readonly usd_in: Usd; readonly usd_out: Usd };
  readonly single: Usd;
  readonly total: Usd;
  readonly low: Usd;
  readonly high: Usd;
  readonly confidence: number;
  readonly tokenUsd: Usd;
}

const AZURE = [
  ['a100', 'Standard_ND96asr_v4'],
  ['v100', 'Standard_NC6s_v3'],
  ['t4', 'Standard_NC4as_T4_v3'],
] as const;

/** In RUNE's order: the first that is part of the name wins. */
const GPUS = [
  ['4090', 0.4],
  ['a100', 3.67],
  ['h100', 12],
  ['3090', 0.25],
  ['l40', 1.2],
  ['v100', 3.06],
  ['t4', 0.52],
] as const;
const OTHER_GPU: Usd = 0.5;

/** Likewise: the first that is part of the model's name, or of which the model's name is a part. */
const RATES = [
  ['gpt-4o', 2.5, 10],
  ['gpt-4o-mini', 0.15, 0.6],
  ['gpt-4-turbo', 10, 30],
  ['claude-3-5-sonnet', 3, 15],
  ['claude-3-opus', 15, 75],
  ['claude-3-haiku', 0.25, 1.25],
  ['llama-3.1-405b', 5, 15],
  ['llama-3.1-70b', 0.6, 0.8],
  ['llama-3.1-8b', 0.1, 0.2],
] as const;
const OTHER_RATES = { key: null, usd_in: 0.5, usd_out: 1.5 } as const;

const DEFAULT_AGENT = 'holmes';
const NO_TOKENS = { input: 4096, output: 1024 };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Where an agent is asked for, only jobs of that kind are seen; where a suite is, only its old place is looked at. */
const runeFinds = ({ agent, suite }: SimulateQuery, { kind, top_hash }: PastRun): boolean =>
  (agent === '' || kind === 'agentic-agent') && (suite === '' || top_hash === suite);

/** `runs` are those like what is asked for, by our rules. */
export function runeWhatIf(query: SimulateQuery, found: readonly PastRun[]): RuneAnswer {
  const runs = found.filter((run) => runeFinds(query, run));
  const gpu = gpuPrice(query.gpu.toLowerCase());
  const rates = tokenRates(query.model.toLowerCase());
  // An agent's scope is looked up by its display name, which no name of an agent is.
  const asSre = defaultsOf(
    { agent: DEFAULT_AGENT, provider: 'local', backend_type: null, model: null },
    () => 'SRE',
  );
  const seconds = runs.map(({ board_s }) => board_s);
  const n = runs.length;
  const { duration_seconds: mid } = asSre;
  const duration =
    n > 0
      ? { low: Math.min(...seconds), mid: mean(seconds), high: Math.max(...seconds) }
      : { low: 0.25 * mid, mid, high: 3 * mid };
  const counted = runs.flatMap(({ tokens_in, tokens_out }) =>
    tokens_in === null || tokens_out === null ? [] : [{ input: tokens_in, output: tokens_out }],
  );
  const tokens =
    n === 0
      ? asSre.tokens
      : counted.length === 0
        ? NO_TOKENS
        : {
            input: mean(counted.map(({ input }) => input)),
            output: mean(counted.map(({ output }) => output)),
          };
  const tokenUsd = (tokens.input * rates.usd_in + tokens.output * rates.usd_out) / 1e6;
  const single = (duration.mid / 3600) * gpu.usd + tokenUsd;
  return {
    runs,
    duration,
    tokens,
    gpu,
    rates,
    single,
    total: single * query.runs_per_period * query.period_days,
    low: (duration.low / 3600) * gpu.low + 0.5 * tokenUsd,
    high: (duration.high / 3600) * gpu.high + 2 * tokenUsd,
    confidence: n === 0 ? 0.4 : n >= 5 && counted.length >= 3 ? 0.9 : 0.7,
    tokenUsd,
  };
}

function gpuPrice(name: string): RuneAnswer['gpu'] {
  const azure = AZURE.find(([key]) => name.includes(key));
  const row = PRICE_BOOK.machines.find((one) => one.name === azure?.[1]);
  if (azure !== undefined && row !== undefined) {
    const usd = row.usd_hour;
    return { key: azure[0], usd, machine: row.name, low: 0.8 * usd, high: 1.2 * usd };
  }
  const [key, usd] = GPUS.find(([part]) => name.includes(part)) ?? [null, OTHER_GPU];
  return { key, usd, machine: null, low: 0.7 * usd, high: 1.5 * usd };
}

function tokenRates(model: string): RuneAnswer['rates'] {
  const row = RATES.find(([key]) => model !== '' && (model.includes(key) || key.includes(model)));
  return row === undefined ? OTHER_RATES : { key: row[0], usd_in: row[1], usd_out: row[2] };
}
