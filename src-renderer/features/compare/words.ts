import { isNarrowed } from '#renderer/widgets/job-filter/filter-codec.ts';
import { formatCount, formatPercent } from '#shared/lib/format.ts';
import {
  type CompareResult,
  DIMENSIONS,
  type Dimension,
  type GroupFigures,
  type MeasureInfo,
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
