import type { SimulateQuery } from '#shared/contract/costs.ts';
import { formatCount, formatDuration, formatUsd } from '#shared/lib/format.ts';
import type { Simulation } from '#shared/model/costs.ts';
import type { JobDefaults } from './defaults.ts';
import type { PastRun } from './past-runs.ts';
import { gpuIn } from './prices/gpu-names.ts';
import type { RuneAnswer } from './rune-what-if.ts';
import { type HourPriced, paysTokens, type TokensPriced } from './simulate-prices.ts';

/** Our answer and RUNE's to the same question. */
export interface BothAnswers {
  readonly query: SimulateQuery;
  /** Runs like what is asked for, and how many of them we took. */
  readonly found: readonly PastRun[];
  readonly taken: number;
  readonly defaults: JobDefaults;
  readonly gpu: HourPriced | null;
  readonly tokens: TokensPriced | null;
  readonly ours: Omit<Simulation, 'differences'>;
  readonly rune: RuneAnswer;
}

/** GPUs of the book that RUNE's names in its own table mean. */
const MEANT: Readonly<Record<string, RegExp>> = {
  '4090': /^RTX 4090$/,
  a100: /^A100 /,
  h100: /^H100 /,
  '3090': /^RTX 3090$/,
  l40: /^L40$/,
  v100: /^V100 /,
  t4: /^T4$/,
};

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.005 * Math.abs(b);
const perHour = (usd: number): string => `${formatUsd(usd)} an hour`;
const tokenWords = ({ input, output }: { readonly input: number; readonly output: number }): string =>
  `${formatCount(Math.round(input))} and ${formatCount(Math.round(output))} tokens`;

/** Where RUNE's answer to this very question is another, and why; one sentence each. */
export function differencesOf(both: BothAnswers): readonly string[] {
  return [
    ...figures(both),
    ...gpuWords(both),
    ...tokenPriceWords(both),
    ...historyWords(both),
    ...doubtWords(both),
  ].filter((sentence) => sentence !== null);
}

type Sentences = readonly (string | null)[];

function figures({ query, ours, rune, found }: BothAnswers): Sentences {
  const { single_cost_usd: single } = ours;
  // With history, which tokens RUNE reads from a result is its own affair: then no figure of its answer is certain.
  const isCertain = found.length === 0 && query.gpu !== '' && query.model !== '';
  return [
    isCertain && (single === null || !isNear(single, rune.single))
      ? `RUNE says ${formatUsd(rune.single)} a run (${formatUsd(rune.low)} to ${formatUsd(rune.high)}) and ${formatUsd(rune.total)} in all.`
      : null,
    single !== null && single > 0 && single < 0.005
      ? 'RUNE rounds money to four decimals; nothing is rounded here.'
      : null,
  ];
}

function gpuWords({ query, gpu, rune }: BothAnswers): Sentences {
  const { key, usd, machine } = rune.gpu;
  if (query.gpu === '') return [`RUNE adds a GPU that nobody named, at ${perHour(usd)}.`];
  const wanted = gpuIn(query.gpu);
  const isMeant = key !== null && (wanted?.gpus.some(({ name }) => MEANT[key]?.test(name)) ?? false);
  return [
    key === null
      ? `RUNE does not know the GPU ${query.gpu} and takes ${perHour(usd)}, as for all that it does not know.`
      : isMeant
        ? null
        : `RUNE takes ${query.gpu} for ${key}, the first name of its list that is part of it.`,
    machine === 'Standard_ND96asr_v4'
      ? `RUNE takes the price of a whole machine of 8 A100 (${machine}, ${perHour(usd)} by our price book) for one GPU.`
      : null,
    machine !== null && gpu?.row.provider !== 'azure'
      ? `RUNE takes the first price that Azure lists for ${machine}, which may be of Windows or Spot; this is ${gpu === null ? 'none' : gpu.row.origin}.`
      : null,
    isMeant && machine === null && gpu !== null && !isNear(gpu.rate.usd, usd)
      ? `RUNE takes ${perHour(usd)} for ${query.gpu} from a fixed list; here it is ${perHour(gpu.rate.usd)} (${gpu.row.origin}).`
      : null,
    gpu === null
      ? `Nobody is known to sell ${query.gpu}: the cost is unknown here, and RUNE says a number.`
      : null,
    wanted !== null && wanted.count > 1 ? `RUNE prices one GPU where ${wanted.count} are named.` : null,
  ];
}

function tokenPriceWords({ query, tokens, rune }: BothAnswers): Sentences {
  const { key, usd_in, usd_out } = rune.rates;
  const rates = `${formatUsd(usd_in)} in and ${formatUsd(usd_out)} out per million`;
  if (!paysTokens(query))
    return [
      query.model === ''
        ? 'RUNE adds tokens of a model that nobody named.'
        : `RUNE adds ${formatUsd(rune.tokenUsd)} a run for tokens (${rates}); a model that runs on the rented GPU is paid for with it.`,
    ];
  const isSame =
    tokens !== null && isNear(tokens.rate.usd_in, usd_in) && isNear(tokens.rate.usd_out, usd_out);
  return [
    isSame
      ? null
      : key === null
        ? `RUNE does not know the model ${query.model} and takes ${rates} tokens.`
        : `RUNE takes ${query.model} for ${key} (${rates} tokens), the first name of its list that fits and not the longest.`,
    tokens === null
      ? `Nobody is known to price ${query.model}: the cost is unknown here, and RUNE says a number.`
      : null,
  ];
}

function historyWords({ query, found, taken, defaults, ours, rune }: BothAnswers): Sentences {
  const { agent, suite } = query;
  const missed = found.length - rune.runs.length;
  const runsWords = missed === 1 ? '1 run' : `${formatCount(missed)} runs`;
  const n = rune.runs.length;
  const { input, output } = { input: ours.llm_input_tokens_assumed, output: ours.llm_output_tokens_assumed };
  const worked = found.reduce((sum, { duration_s }) => sum + duration_s, 0);
  const onBoard = found.reduce((sum, { board_s }) => sum + board_s, 0);
  return [
    suite !== '' && agent !== ''
      ? 'RUNE finds no run of both an agent and a suite: it takes agents from jobs of one kind and suites from the other.'
      : missed === 0
        ? null
        : suite !== ''
          ? `RUNE does not see ${runsWords} of this suite: it looks for template_hash where requests no longer have it.`
          : `RUNE does not see ${runsWords} of ${agent}: it leaves benchmarks out where an agent is named.`,
    found.length > taken
      ? `RUNE averages all ${formatCount(found.length)} runs; the latest ${formatCount(taken)} are taken here, so that a change of costs shows.`
      : null,
    n > 0 && onBoard > 1.05 * worked
      ? 'RUNE counts the time in the queue into the duration; nobody is billed for it.'
      : null,
    n === 0 &&
    found.length === 0 &&
    (defaults.duration_seconds !== rune.duration.mid || defaults.tokens.input !== rune.tokens.input)
      ? `RUNE looks the agent's scope up by its display name and takes that of SRE for ${agent}: ${formatDuration(rune.duration.mid * 1000)}, ${tokenWords(rune.tokens)}.`
      : null,
    n > 0 && ours.token_samples_from_history === 0 && input !== rune.tokens.input
      ? `RUNE assumes ${tokenWords(rune.tokens)} for every agent whose runs do not say theirs; these are its scope's: ${tokenWords({ input, output })}.`
      : null,
    n === 0 ? `RUNE shows 0 tokens assumed, and calculates with ${tokenWords(rune.tokens)}.` : null,
  ];
}

function doubtWords({ query, ours, rune }: BothAnswers): Sentences {
  const level = `${Math.round(100 * (ours.coverage ?? Number.NaN))} %`;
  return [
    rune.runs.length === 0
      ? `RUNE's low and high are a quarter and three times of its default duration, at ${rune.gpu.machine === null ? '0.7 and 1.5' : '0.8 and 1.2'} times its price; these bound an interval of ${level}.`
      : `RUNE's low and high are its quickest and its slowest run, which every further run may move apart; these bound an interval of ${level}.`,
    query.runs_per_period * query.period_days > 1
      ? 'RUNE gives no interval for the total; here chance of one run against the next averages out, and doubt about the price and the mean, which all runs share, does not.'
      : null,
    `RUNE's confidence of ${rune.confidence} is a constant; this one is the chance that a run costs within a factor of 1.25 of its mean.`,
  ];
}
