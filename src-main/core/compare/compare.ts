import { formatCount, formatUsd } from '#shared/lib/format.ts';
import { runsForQuantile } from '#shared/lib/statistics/quantile.ts';
import type { CompareResult, GroupFigures } from '#shared/model/compare.ts';
import { differingConditions, shown } from './conditions.ts';
import { groupFigures } from './groups.ts';
import { outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Prepared } from './prepare.ts';
import { type Group, MAX_GROUPS } from './selection.ts';

/** Everything but the verdicts and the time it took. */
export function compareGroups(prepared: Prepared): Omit<CompareResult, 'took_ms'> {
  const { population, by, selection, groups, measure, values } = prepared;
  const figures = groups.map((group) => groupFigures(population, group, values));
  return {
    measure,
    by,
    groups: figures,
    conditions: differingConditions(population, groups, { by, measure: measure.measure }),
    baseline: prepared.baseline,
    jobs: selection.jobs,
    duplicates: selection.duplicates,
    demo_left_out: selection.demo_left_out,
    unmatched: prepared.unmatched,
    groups_left_out: selection.groups_left_out,
    notes: [...prepared.notes, ...notesOn(prepared, figures)],
    complete: population.sources.every((source) => source.figures.complete()),
  };
}

/** Groups that are named in one note. */
const MAX_NAMED = 5;

function notesOn({ population, selection, groups, measure }: Prepared, figures: readonly GroupFigures[]) {
  const notes: string[] = [];
  if (selection.groups_left_out > 0)
    notes.push(
      `${formatCount(selection.groups_left_out)} groups beyond the ${MAX_GROUPS} largest are not shown; filter, or group by something else.`,
    );
  const needs = runsForQuantile(0.5);
  const few = figures.filter(({ n }) => n < needs);
  if (few.length > 0) {
    notes.push(
      `Not enough runs with a value of ${measure.title} for an interval of the median, which takes ${needs}: ${named(few, ({ key, n }) => `${shown(key)} (${n})`)}.`,
    );
  }
  const suspected = groups.reduce((sum, group) => sum + suspectedIn(population, group), 0);
  if (suspected > 0)
    notes.push(`Successes whose answer reads like an error message: ${formatCount(suspected)}.`);
  const bounded = figures.filter((group) => group.cost_per_success === null && group.cost_at_least !== null);
  if (bounded.length > 0)
    notes.push(
      `What a success costs is not known where jobs (often those that failed) have no known cost; it is at least what is known: ${named(bounded, ({ key, cost_at_least }) => `${shown(key)} (${formatUsd(cost_at_least)})`)}.`,
    );
  return notes;
}

function named(groups: readonly GroupFigures[], text: (group: GroupFigures) => string): string {
  const rest = groups.length > MAX_NAMED ? ` and ${groups.length - MAX_NAMED} more groups` : '';
  return groups.slice(0, MAX_NAMED).map(text).join(', ') + rest;
}

function suspectedIn(population: Population, { rows }: Group): number {
  const outcomes = outcomesOf(population);
  let count = 0;
  for (const row of rows)
    if (cell(outcomes, row) === SUCCEEDED) count += cell(population.suspected_failure, row);
  return count;
}
