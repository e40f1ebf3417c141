import type { CompareQuery } from '#shared/contract/compare.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { MeasureInfo } from '#shared/model/compare.ts';
import { conditionNamed } from './condition-list.ts';
import { matchGroups } from './matching.ts';
import { eventTotals, isSpeed, measuredBy, measureInfo, measureValues } from './measures.ts';
import type { Population } from './population.ts';
import { type Group, type Selection, select } from './selection.ts';

/** A query over a population, up to where figures and verdicts begin. */
export interface Prepared {
  readonly population: Population;
  readonly by: string;
  readonly selection: Selection;
  /** After matching. */
  readonly groups: readonly Group[];
  readonly measure: MeasureInfo;
  /** By row; NaN is unknown. */
  readonly values: Float64Array;
  /** Null where none was asked for, or no job is in it. */
  readonly baseline: string | null;
  readonly unmatched: number;
  readonly notes: readonly string[];
}

/** What of a query decides which jobs are in which group. */
export type GroupQuery = Pick<CompareQuery, 'where' | 'by' | 'pick' | 'matched' | 'baseline'>;

/** How hand-picked groups are told apart, in place of a dimension. */
export const PICKED = 'pick';

export function prepareGroups(population: Population, query: GroupQuery) {
  const by = query.pick === null ? query.by : PICKED;
  // What cannot be matched is refused also where nothing is selected.
  for (const name of query.matched) conditionNamed(name, by);
  const selection = select(population, query);
  return { by, selection, ...matchGroups(population, selection.groups, query.matched, by) };
}

export function prepare(population: Population, query: GroupQuery & { readonly measure: string }): Prepared {
  const { by, selection, groups, unmatched, thinned } = prepareGroups(population, query);
  const values = measureValues(population, query.measure);
  const info = measureInfo(query.measure);
  const measure = isSpeed(query.measure)
    ? { ...info, about: info.about + measuredBy(population, values, rowsOf(groups)) }
    : info;
  const isThere = groups.some(({ key }) => key === query.baseline);
  const notes: string[] = [];
  if (query.baseline !== null && !isThere)
    notes.push(`No job of these is in "${query.baseline}", so it cannot be the baseline.`);
  if (unmatched > 0)
    notes.push(
      `Left out for want of a match in every group in ${query.matched.join(' and ')}: ${formatCount(unmatched)} jobs.`,
    );
  if (thinned > 0)
    notes.push(
      `Every group has the same mix of ${query.matched.join(' and ')}: of each combination that all groups have, jobs were chosen at random, always the same ones; ${formatCount(thinned)} of them are left out.`,
    );
  const isKnown =
    info.unit !== 'ms' ||
    info.title !== query.measure ||
    eventTotals(population.sources).some(({ event }) => event === query.measure);
  if (!isKnown)
    notes.push(`No span here is named ${query.measure}; see the list of measures for those there are.`);
  return {
    population,
    by,
    selection,
    groups,
    measure,
    values,
    baseline: isThere ? query.baseline : null,
    unmatched,
    notes,
  };
}

function* rowsOf(groups: readonly Group[]): Iterable<number> {
  for (const { rows } of groups) yield* rows;
}
