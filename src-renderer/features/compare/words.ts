import { isNarrowed } from '#renderer/widgets/job-filter/filter-codec.ts';
import { formatCount, formatPercent, formatSignificant } from '#shared/lib/format.ts';
import {
  type CompareResult,
  type ComparisonVerdict,
  DIMENSIONS,
  type Dimension,
  type GroupFigures,
  isTradeOff,
  type MeasureInfo,
  SUCCESS,
  type VerdictWord,
} from '#shared/model/compare.ts';
import type { CompareView } from './compare-url.ts';

const DIMENSION_TITLES: Readonly<Record<Dimension, string>> = {
  backend_type: 'backend',
  model: 'model',
  agent: 'agent',
  provider_type: 'provider',
  tenant_id: 'tenant',
  kind: 'kind',
  question: 'question',
  source: 'source',
};

/** `agent.ask: gpu` for an attribute. */
export function dimensionTitle(by: string): string {
  const known = DIMENSIONS.find((dimension) => dimension === by);
  if (known !== undefined) return DIMENSION_TITLES[known];
  const attribute = attributeParts(by);
  return attribute === null ? by : `${attribute.key} of ${attribute.span}`;
}

export function attributeParts(by: string): { readonly span: string; readonly key: string } | null {
  const [, span, key] = /^attribute:([^:]+):([^:]+)$/.exec(by) ?? [];
  return span === undefined || key === undefined ? null : { span, key };
}

export const attributeDimension = (span: string, key: string): string => `attribute:${span}:${key}`;

/** Figures by the unit of the measure, for headings. */
export const MEASURE_UNITS: Readonly<Record<MeasureInfo['unit'], string>> = {
  ms: 'time',
  usd: 'US dollars',
  tokens: 'tokens',
  tokens_per_second: 'tokens per second',
};

const plural = (count: number, one: string, many: string): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** What is compared, in one line. */
export function summaryLine(view: CompareView, result: CompareResult): string {
  const by = view.pick === null ? `by ${dimensionTitle(view.by)}` : 'hand-picked, A against B';
  const where =
    view.pick === null && isNarrowed({ ...view.filter, demo: null }) ? ' of the filtered jobs' : '';
  const left = [
    result.duplicates > 0 ? `${plural(result.duplicates, 'job', 'jobs')} in two sources counted once` : '',
    result.groups_left_out > 0 ? `${plural(result.groups_left_out, 'group', 'groups')} not shown` : '',
  ].filter((text) => text !== '');
  return [
    `${result.measure.title} ${by}${where}: ${plural(result.jobs, 'job', 'jobs')} in ${plural(result.groups.length, 'group', 'groups')}`,
    ...left,
  ].join('; ');
}

/** What matching left out; null when nothing is matched. */
export function matchedLine(view: CompareView, result: CompareResult): string | null {
  if (view.matched.length === 0) return null;
  const names = view.matched.map(conditionTitle).join(', ');
  const left =
    result.unmatched === 0
      ? 'no job was left out'
      : `${plural(result.unmatched, 'job', 'jobs')} left out, because no like of ${result.unmatched === 1 ? 'it' : 'them'} is in every group`;
  return `Only jobs that match in ${names}: ${left}.`;
}

const CONDITION_TITLES: Readonly<Record<string, string>> = {
  warmth: 'warm or cold',
  concurrency: 'concurrency',
  week: 'week',
  cost_basis: 'cost basis',
  measured_by: 'who measured',
};
export const conditionTitle = (name: string): string =>
  CONDITION_TITLES[name] ?? dimensionTitle(name).replaceAll('_', ' ');

/** A pair's verdict on the measure with its verdict on success. */
export interface JudgedPair {
  readonly measured: ComparisonVerdict;
  readonly success: ComparisonVerdict | null;
  /** Better in one and worse in the other: neither group is the better one. */
  readonly tradeOff: boolean;
}

const CLAIMS = { worse: 0, better: 0, no_difference: 1, not_enough: 2 } as const;

/** Pair by pair: trade-offs first, which mislead where they are overlooked, then those with something to say. */
export function judgedPairs(
  verdicts: readonly ComparisonVerdict[],
  success: readonly ComparisonVerdict[],
): readonly JudgedPair[] {
  const rank = ({ measured, success: rate, tradeOff }: JudgedPair): number =>
    tradeOff ? -1 : Math.min(CLAIMS[measured.verdict], rate === null ? 2 : CLAIMS[rate.verdict]);
  return verdicts
    .map((measured): JudgedPair => {
      const rate = success.find(({ a, b }) => a === measured.a && b === measured.b) ?? null;
      return { measured, success: rate, tradeOff: rate !== null && isTradeOff(measured, rate) };
    })
    .sort((x, y) => rank(x) - rank(y) || CLAIMS[x.measured.verdict] - CLAIMS[y.measured.verdict]);
}

/** The verdict on a measure that is bought with failures, as a word that stands alone. */
export const tradeOffWord = (verdict: VerdictWord): string =>
  verdict === 'better' ? 'better, but fails more' : 'worse, but fails less';

const MEASURE_NAMES: Readonly<Record<MeasureInfo['unit'], string>> = {
  ms: 'time',
  usd: 'cost',
  tokens: 'tokens',
  tokens_per_second: 'speed',
};
/** What a row of verdicts is about, in one short word. */
export const verdictAbout = ({ measure }: ComparisonVerdict, { unit }: MeasureInfo): string =>
  measure === SUCCESS ? SUCCESS : MEASURE_NAMES[unit];

/** What the verdicts were held against. */
export function verdictTerms(smallest: number, comparisons: number): string {
  const many = comparisons === 1 ? 'one comparison' : `${comparisons} comparisons`;
  return `smallest difference of interest ${formatPercent(smallest)}, of success ${formatSignificant(smallest * 100, 2)} points; each corrected for ${many} (Holm)`;
}

/** How a verdict was reached, for who wants to know. */
export function verdictDetail({ measure, p, cliffs_delta }: ComparisonVerdict): string {
  const text = (value: number | null): string =>
    value === null ? '–' : value < 0.001 && value >= 0 ? '< 0.001' : formatSignificant(value, 2);
  return measure === SUCCESS
    ? `p ${text(p)} (exact limits, Holm)`
    : `p ${text(p)} (Mann-Whitney, Holm), Cliff's delta ${cliffs_delta === null ? '–' : formatSignificant(cliffs_delta, 2)}`;
}

/** How many comparisons the verdicts will hold, so that their room is kept before they come. */
export function expectedVerdicts(result: CompareResult): number {
  const groups = result.groups.length;
  if (groups < 2) return 0;
  const hasBaseline = result.baseline !== null && result.groups.some(({ key }) => key === result.baseline);
  return hasBaseline || groups > 8 ? groups - 1 : (groups * (groups - 1)) / 2;
}

/** Why a group's median has no interval. */
export const noInterval = ({ n }: GroupFigures): string =>
  n === 0
    ? 'No job has a value'
    : `${n} ${n === 1 ? 'run is' : 'runs are'} too few for an interval; it takes 6`;

export const coverageWords = ({ median_coverage }: GroupFigures): string =>
  median_coverage === null
    ? ''
    : `covers the true median in ${formatPercent(median_coverage)} of such samples`;
