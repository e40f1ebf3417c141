import { formatCount, formatUsd } from '#shared/lib/format.ts';
import { wilson } from '#shared/lib/statistics/proportion.ts';
import { median, quantile, quantileInterval, runsForQuantile } from '#shared/lib/statistics/quantile.ts';
import { mean, type Sample, sampleOf } from '#shared/lib/statistics/sample.ts';
import { box, ecdf } from '#shared/lib/statistics/shape.ts';
import type { ComparedJob, GroupFigures } from '#shared/model/compare.ts';
import { CANCELLED, FAILED, outcomesOf, SUCCEEDED, UNFINISHED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/** Points of a drawn distribution. */
const MAX_STEPS = 400;
const MAX_POINTS = 500;
/** Five numbers need as many values. */
const RUNS_FOR_BOX = 5;

/** Rows of a group that a measure is about: succeeded jobs with a value. */
export function measuredRows(population: Population, { rows }: Group, values: Float64Array): Int32Array {
  const outcomes = outcomesOf(population);
  return rows.filter((row) => cell(outcomes, row) === SUCCEEDED && !Number.isNaN(cell(values, row)));
}

export function sampleAt(values: Float64Array, rows: Int32Array): Sample {
  const sample = sampleOf(Float64Array.from(rows, (row) => cell(values, row))).value;
  return sample ?? { n: 0, ascending: new Float64Array() };
}

export function groupFigures(population: Population, group: Group, values: Float64Array): GroupFigures {
  const measured = measuredRows(population, group, values);
  const sample = sampleAt(values, measured);
  const { n } = sample;
  const counts = outcomeCounts(population, group);
  const { succeeded, failures } = counts;
  const middle = quantileInterval(sample, 0.5).value;
  const rate = wilson({ successes: succeeded, n: succeeded + failures }).value;
  const shape = n < RUNS_FOR_BOX ? null : box(sample).value;
  const steps = ecdf(sample, MAX_STEPS).value;
  return {
    key: group.key,
    n,
    jobs: group.rows.length,
    ...counts,
    unknown: succeeded - n,
    median: median(sample).value,
    median_low: middle?.low ?? null,
    median_high: middle?.high ?? null,
    median_coverage: middle?.coverage ?? null,
    mean: mean(sample.ascending).value,
    ...percentile('p90', sample, 0.9),
    ...percentile('p99', sample, 0.99),
    success_rate: rate?.estimate ?? null,
    success_low: rate?.low ?? null,
    success_high: rate?.high ?? null,
    ...costs(population, group),
    box: shape && { q1: shape.q1, q3: shape.q3, low: shape.whiskerLow, high: shape.whiskerHigh },
    ecdf: { x: Array.from(steps?.x ?? []), y: Array.from(steps?.y ?? []) },
    points: points(population, measured, values, sample),
  };
}

function outcomeCounts(population: Population, { rows }: Group) {
  const outcomes = outcomesOf(population);
  const counts = [0, 0, 0, 0];
  for (const row of rows) counts[cell(outcomes, row)] = (counts[cell(outcomes, row)] ?? 0) + 1;
  const [unfinished = 0] = counts;
  return {
    succeeded: counts[SUCCEEDED] ?? 0,
    failures: counts[FAILED] ?? 0,
    cancelled: counts[CANCELLED] ?? 0,
    unfinished,
  };
}

/** A percentile of a sample, or the sentence why there is none. */
function percentile<K extends 'p90' | 'p99'>(name: K, sample: Sample, p: number) {
  const needs = runsForQuantile(p);
  const value = sample.n < needs ? null : quantile(sample, p).value;
  const note = value === null ? `${name} needs ${needs} runs with a value; there are ${sample.n}.` : null;
  return { [name]: value, [`${name}_note`]: note } as { [N in K]: number | null } & {
    [N in `${K}_note`]: string | null;
  };
}

type Costs = Pick<GroupFigures, 'cost_per_success' | 'cost_at_least' | 'cost_note' | 'cost_known'>;

/** What failures cost is in it. A cost that nobody knows is not none: the figure is then a bound. */
function costs(population: Population, { rows }: Group): Costs {
  const outcomes = outcomesOf(population);
  let spent = 0;
  let known = 0;
  let ended = 0;
  let successes = 0;
  for (const row of rows) {
    const outcome = cell(outcomes, row);
    if (outcome === UNFINISHED) continue;
    ended++;
    if (outcome === SUCCEEDED) successes++;
    const cost = cell(population.cost_usd, row);
    if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) continue;
    spent += cost;
    known++;
  }
  const bound = successes === 0 || known === 0 ? null : spent / successes;
  const missing = { cost_per_success: null, cost_at_least: bound, cost_known: known };
  if (successes === 0) return { ...missing, cost_note: 'No job succeeded.' };
  if (known === 0) return { ...missing, cost_note: 'No ended job of this group has a known cost.' };
  if (known === ended)
    return { cost_per_success: bound, cost_at_least: bound, cost_note: null, cost_known: known };
  const unknown = ended - known;
  return {
    ...missing,
    cost_note: `At least ${formatUsd(bound)}: the cost of ${formatCount(unknown)} of its ${formatCount(ended)} ended jobs is not known.`,
  };
}

/** Jobs behind the values, evenly by rank when there are many; the smallest and the largest always. */
function points(
  population: Population,
  rows: Int32Array,
  values: Float64Array,
  { n, ascending }: Sample,
): readonly ComparedJob[] {
  const wanted = Math.min(n, MAX_POINTS);
  const chosen = Float64Array.from(
    { length: wanted },
    (_, i) => ascending[wanted === 1 ? 0 : Math.round((i * (n - 1)) / (wanted - 1))] as number,
  );
  const rowsOf = new Map<number, number[]>(Array.from(chosen, (value) => [value, []]));
  for (const row of rows) rowsOf.get(cell(values, row))?.push(row);
  return Array.from(chosen, (value) => {
    const row = rowsOf.get(value)?.shift() ?? 0;
    return {
      source: population.sources[cell(population.origin, row)]?.source ?? '',
      job_id: population.job_id[row] ?? '',
      value,
    };
  });
}
