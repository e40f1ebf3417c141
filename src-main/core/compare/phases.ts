import { formatCount } from '#shared/lib/format.ts';
import type { PhaseBreakdown } from '#shared/model/compare.ts';
import { shown } from './conditions.ts';
import { eventTotals, measureValues } from './measures.ts';
import { outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';
import { NOTHING, ROOT, type SpanTree, spanTrees, type TreeDeps } from './span-tree.ts';

/** Span names whose times are read, the most frequent; the time of others stays in what they lie in. */
const MAX_NAMES = 32;
/** In one note. */
const MAX_NAMED = 5;

/**
 * Mean time per succeeded job in each span name's own time: its sum less that of the names right in it, as jobs of the
 * group show them to lie. Never negative: where children ran side by side, and together took longer than their parent,
 * the parent has no time of its own.
 */
export async function phaseBreakdown(
  population: Population,
  groups: readonly Group[],
  deps: TreeDeps,
): Promise<PhaseBreakdown> {
  const frequent = eventTotals(population.sources).map(({ event }) => event);
  // Before anything is awaited: rows and sums are of one moment.
  const sums = new Map(frequent.slice(0, MAX_NAMES).map((name) => [name, measureValues(population, name)]));
  const measured = anyOf(population.count, sums);
  const trees = await spanTrees(population, groups, deps);
  const placed = (name: string): boolean => name !== ROOT && trees.some(({ above }) => above.has(name));
  const names = [...sums.keys()].filter(placed);
  return {
    names,
    groups: groups.map((group, at) => {
      const rows = group.rows.filter((row) => cell(measured, row) === 1);
      return breakdownOf(population, { key: group.key, rows }, trees[at] ?? EMPTY, sums, names);
    }),
    note: noteOn(population, groups, trees, frequent, sums),
  };
}

/** Whose spans have times at all, by row. */
function anyOf(count: number, sums: ReadonlyMap<string, Float64Array>): Uint8Array {
  const any = new Uint8Array(count);
  for (const times of sums.values())
    for (let row = 0; row < count; row++) if (cell(times, row) >= 0) any[row] = 1;
  return any;
}

const EMPTY: SpanTree = { above: new Map(), isInferred: false };

interface Step {
  readonly name: string;
  /** By row; null where the name has no time of its own here. */
  readonly sums: Float64Array | null;
  /** Share of its time that lies right under a span of its own name. */
  readonly inItself: number;
  /** Which steps, all of them later, hold what share of the rest; -1 is the job. */
  readonly holders: readonly (readonly [step: number, share: number])[];
}

/** The deepest first: what lies in a step is known before the step. */
function stepsOf({ above }: SpanTree, sums: ReadonlyMap<string, Float64Array>): readonly Step[] {
  const placeOf = new Map([...above.keys()].map((name, at) => [name, at]));
  return [...above].map(([name, shares], at): Step => {
    const holders = new Map<number, number>();
    for (const [over, share] of shares) {
      const place = over === NOTHING ? -1 : (placeOf.get(over) ?? -1);
      // Names that hold one another hold each other's time once.
      if (place === -1 || place > at) holders.set(place, (holders.get(place) ?? 0) + share);
    }
    const all = [...holders.values()].reduce((sum, share) => sum + share, 0);
    return {
      name,
      sums: sums.get(name) ?? null,
      inItself: shares.get(name) ?? 0,
      holders: all > 0 ? [...holders].map(([place, share]) => [place, share / all]) : [[-1, 1]],
    };
  });
}

function breakdownOf(
  population: Population,
  { key, rows }: Group,
  tree: SpanTree,
  sums: ReadonlyMap<string, Float64Array>,
  names: readonly string[],
): PhaseBreakdown['groups'][number] {
  const steps = stepsOf(tree, sums);
  const outcomes = outcomesOf(population);
  const totals = new Float64Array(steps.length);
  const own = new Float64Array(steps.length);
  const covered = new Float64Array(steps.length);
  let rest = 0;
  let n = 0;
  for (const row of rows) {
    if (cell(outcomes, row) !== SUCCEEDED) continue;
    covered.fill(0);
    let outside = 0;
    for (const [i, { sums: ofName, inItself, holders }] of steps.entries()) {
      const sum = ofName === null ? Number.NaN : cell(ofName, row);
      const inside = cell(covered, i);
      const hasTime = sum >= 0;
      const alone = hasTime ? sum * (1 - inItself) : 0;
      own[i] = hasTime ? Math.max(0, alone - inside) : 0;
      const taken = Math.max(alone, inside);
      for (const [place, share] of holders) {
        if (place === -1) outside += taken * share;
        else covered[place] = cell(covered, place) + taken * share;
      }
    }
    n++;
    for (const [i, { name }] of steps.entries()) {
      if (name === ROOT) rest += cell(own, i);
      else totals[i] = cell(totals, i) + cell(own, i);
    }
    // What the job took beyond its spans.
    const duration = cell(population.duration_ms, row);
    if (duration > outside) rest += duration - outside;
  }
  const byName = new Map(steps.map(({ name }, i) => [name, cell(totals, i)]));
  const perJob = (sum: number): number => (n === 0 ? 0 : sum / n);
  return { key, n, own_ms: names.map((name) => perJob(byName.get(name) ?? 0)), rest_ms: perJob(rest) };
}

/** What is not known about where spans lie. */
function noteOn(
  population: Population,
  groups: readonly Group[],
  trees: readonly SpanTree[],
  frequent: readonly string[],
  sums: ReadonlyMap<string, Float64Array>,
): string | null {
  const parts: string[] = [];
  if (trees.some(({ isInferred }) => isInferred))
    parts.push('Which span lies in which is worked out from times, where a store records no parents.');
  const outcomes = outcomesOf(population);
  // Only names that the compared jobs have.
  const isHere = (name: string, { rows }: Group): boolean => {
    const times = sums.get(name);
    return (
      times === undefined || rows.some((row) => cell(outcomes, row) === SUCCEEDED && cell(times, row) >= 0)
    );
  };
  const apart = frequent.filter(
    (name) =>
      name !== ROOT &&
      groups.some(
        (group, at) => !(sums.has(name) && trees[at]?.above.has(name) === true) && isHere(name, group),
      ),
  );
  if (apart.length > 0) {
    const more = apart.length > MAX_NAMED ? ` and ${formatCount(apart.length - MAX_NAMED)} more` : '';
    parts.push(
      `Not shown on their own in every group, as rare or of unknown place: ${apart.slice(0, MAX_NAMED).map(shown).join(', ')}${more}; their time is in that of the spans around them.`,
    );
  }
  return parts.length === 0 ? null : parts.join(' ');
}
