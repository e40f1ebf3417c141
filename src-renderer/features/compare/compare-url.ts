import { type Place, parsePlace, writePlace } from '#renderer/client/routes.ts';
import {
  type BoardFilter,
  DEFAULT_SORT,
  parseFilter,
  toQuery,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import type { CompareQuery } from '#shared/contract/compare.ts';
import { OWN, type SourceId } from '#shared/model/source.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

export const CHARTS = ['distribution', 'jobs', 'effects', 'success', 'phases', 'cost', 'trend'] as const;
export type ChartName = (typeof CHARTS)[number];

/** What the view shows, as the URL holds it: `?measure=job&by=model&matched=question&chart=effects`. */
export interface CompareView {
  readonly sources: readonly SourceId[];
  readonly filter: BoardFilter;
  readonly pick: { readonly a: readonly Place[]; readonly b: readonly Place[] } | null;
  readonly by: string;
  readonly measure: string;
  readonly matched: readonly string[];
  /** Null: none is chosen. '' is the group of jobs without a value. */
  readonly baseline: string | null;
  readonly chart: ChartName;
  /** Null: as the figures suggest. */
  readonly log: boolean | null;
  readonly table: boolean;
}

export const DEFAULT_BY = 'backend_type';
export const DEFAULT_MEASURE = 'agent.ask';
/** The contract takes no more. */
const MAX_SOURCES = 16;
const MAX_MATCHED = 8;
const MAX_PICKED = 5000;

/** Anything the URL says that has no meaning is left out. */
export function parseView(query: URLSearchParams): CompareView {
  const all = (name: string, most: number): readonly string[] =>
    [...new Set(query.getAll(name))].filter((value) => value !== '').slice(0, most);
  const places = (name: string): readonly Place[] =>
    all(name, MAX_PICKED).flatMap((text) => parsePlace(text) ?? []);
  const pick = { a: places('a'), b: places('b') };
  const sources = all('source', MAX_SOURCES);
  const log = query.get('log');
  return {
    sources: sources.length === 0 ? [OWN] : sources,
    filter: { ...parseFilter(query), sort: DEFAULT_SORT },
    pick: pick.a.length + pick.b.length === 0 ? null : pick,
    by: query.get('by') || DEFAULT_BY,
    measure: query.get('measure') || DEFAULT_MEASURE,
    matched: all('matched', MAX_MATCHED),
    baseline: query.get('baseline'),
    chart: CHARTS.find((name) => name === query.get('chart')) ?? 'distribution',
    log: log === 'yes' ? true : log === 'no' ? false : null,
    table: query.get('table') === 'yes',
  };
}

/** The shortest query that means this view. */
export function writeView(view: CompareView): URLSearchParams {
  const query = new URLSearchParams();
  const isOwn = view.sources.length === 1 && view.sources[0] === OWN;
  for (const source of isOwn ? [] : view.sources) query.append('source', source);
  for (const [name, value] of writeFilter({ ...view.filter, sort: DEFAULT_SORT })) query.append(name, value);
  for (const side of ['a', 'b'] as const) {
    for (const place of view.pick?.[side] ?? []) query.append(side, writePlace(place));
  }
  if (view.by !== DEFAULT_BY) query.set('by', view.by);
  if (view.measure !== DEFAULT_MEASURE) query.set('measure', view.measure);
  for (const name of view.matched) query.append('matched', name);
  if (view.baseline !== null) query.set('baseline', view.baseline);
  if (view.chart !== 'distribution') query.set('chart', view.chart);
  if (view.log !== null) query.set('log', view.log ? 'yes' : 'no');
  if (view.table) query.set('table', 'yes');
  return query;
}

/** The filter as comparisons take it: demo jobs are in or out, never alone. */
export function whereOf(filter: BoardFilter, now: EpochSeconds): CompareQuery['where'] {
  const { source: _, sort: __, demo, ...where } = toQuery(filter, OWN, now);
  return { ...where, demo: demo === true };
}

/** The contract's query; null while a hand-picked side is empty. */
export function queryOf(view: CompareView, now: EpochSeconds): CompareQuery | null {
  const { pick } = view;
  if (pick !== null && (pick.a.length === 0 || pick.b.length === 0)) return null;
  return {
    sources: [...view.sources],
    where: whereOf(view.filter, now),
    by: view.by,
    pick: pick === null ? null : { a: [...pick.a], b: [...pick.b] },
    measure: view.measure,
    matched: view.matched.filter((name) => name !== view.by || pick !== null),
    baseline: view.baseline,
  };
}

/** With one condition matched or no longer. */
export const toggleMatched = (view: CompareView, name: string): CompareView => ({
  ...view,
  matched: view.matched.includes(name)
    ? view.matched.filter((one) => one !== name)
    : [...view.matched, name].slice(0, MAX_MATCHED),
});

/** Other groups have another baseline, and nothing to match in what they are grouped by. */
export const groupedBy = (view: CompareView, by: string): CompareView => ({
  ...view,
  by,
  baseline: null,
  matched: view.matched.filter((name) => name !== by),
});
