import { CodedError } from '#shared/model/failure.ts';
import { decodeTrace, SPAN_INFERRED, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/** The span of the whole job. */
export const ROOT = 'job.execute';
/** In place of a name: no span above. */
export const NOTHING = '';

/** Time of the spans of a name in one job, by the name of the span right above. */
interface JobTree {
  readonly above: ReadonlyMap<string, ReadonlyMap<string, Milliseconds>>;
  readonly isInferred: boolean;
}

/** How a group's spans lie in one another, as jobs of it say. */
export interface SpanTree {
  /** By name, the deepest first: what share of its time lies right under which name. */
  readonly above: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Parents of some of its jobs are worked out from times: their store records none. */
  readonly isInferred: boolean;
}

/** Jobs whose trees are read, over all groups and of one at most and at least. */
const MAX_JOBS = 240;
const MOST_OF_GROUP = 12;
const LEAST_OF_GROUP = 4;
/** Trees of larger jobs are read no further. */
const MAX_JOB_SPANS = 200_000;
const MAX_NAMES = 256;

/**
 * Where spans lie in older stores (decisions: the span tree of a job), where times do not tell it: rounded ones nest
 * nothing.
 */
const USUAL: Readonly<Record<string, string>> = {
  'cost.estimate': ROOT,
  'provider.provision': ROOT,
  'vastai.offer_search': 'provider.provision',
  'vastai.instance_reuse_check': 'provider.provision',
  'vastai.instance_create': 'provider.provision',
  'vastai.instance_wait': 'provider.provision',
  'backend.warmup': 'provider.provision',
  'agent.ask': ROOT,
  'driver.call': 'agent.ask',
  'backend.chat': 'agent.ask',
};

const known = new WeakMap<Population, Map<number, JobTree | null>>();

export interface TreeDeps {
  /** encodeTrace() bytes; throws a CodedError for a job whose spans cannot be read. */
  trace(source: string, jobId: string): Promise<ArrayBuffer>;
  pause(): Promise<void>;
}

/** The tree of each group, from succeeded jobs chosen evenly over it; what it does not name, nobody placed. */
export async function spanTrees(
  population: Population,
  groups: readonly Group[],
  { trace, pause }: TreeDeps,
): Promise<readonly SpanTree[]> {
  let trees = known.get(population);
  if (trees === undefined) {
    trees = new Map();
    known.set(population, trees);
  }
  const most = Math.max(LEAST_OF_GROUP, Math.min(MOST_OF_GROUP, Math.floor(MAX_JOBS / groups.length)));
  const outcomes = outcomesOf(population);
  const found: SpanTree[] = [];
  for (const { rows } of groups) {
    const own: JobTree[] = [];
    for (const row of evenly(
      rows.filter((one) => cell(outcomes, one) === SUCCEEDED),
      most,
    )) {
      let tree = trees.get(row);
      if (tree === undefined) {
        const source = population.sources[cell(population.origin, row)]?.source ?? '';
        const bytes = await trace(source, population.job_id[row] ?? '').catch(unread);
        tree = bytes === null ? null : treeOf(decodeTrace(bytes));
        trees.set(row, tree);
        await pause();
      }
      if (tree !== null) own.push(tree);
    }
    found.push(merged(own));
  }
  return found;
}

function evenly(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => cell(rows, Math.floor((i * rows.length) / most)));
}

/** A job that is gone or damaged must not take away what the others say. */
function unread(thrown: unknown): null {
  if (thrown instanceof CodedError) return null;
  throw thrown;
}

function treeOf({ count, startUs, durationUs, parent, name, flags, names }: TraceColumns): JobTree | null {
  if (count > MAX_JOB_SPANS) return null;
  const above = new Map<string, Map<string, Milliseconds>>();
  const there = new Set(Array.from(name, (number) => names[number] ?? ''));
  // Rounded times put every span at the first instant: nothing tells what lies in what.
  const isRounded = startUs.every((start) => start <= count);
  let isInferred = false;
  for (let i = 0; i < count; i++) {
    const own = names[name[i] ?? 0] ?? '';
    let up = cell(parent, i);
    const isGuess = (cell(flags, i) & SPAN_INFERRED) !== 0;
    if (isGuess && own !== ROOT) isInferred = true;
    const nameAt = (at: number): string => (at === -1 ? NOTHING : (names[name[at] ?? 0] ?? ''));
    // Calls of one name that ran side by side seem to lie in one another, by their times.
    while (isGuess && up !== -1 && nameAt(up) === own) up = cell(parent, up);
    let over = nameAt(up);
    if (isGuess && own !== ROOT && (over === ROOT || over === NOTHING)) {
      const usually = usual(own, there);
      if (usually === undefined && isRounded) continue;
      over = usually ?? over;
    }
    const ms = cell(durationUs, i) / 1000;
    if (!(ms >= 0)) continue;
    let times = above.get(own);
    if (times === undefined) {
      if (above.size >= MAX_NAMES) continue;
      times = new Map();
      above.set(own, times);
    }
    times.set(over, (times.get(over) ?? 0) + ms);
  }
  return { above, isInferred };
}

/** The nearest that the job has. */
function usual(name: string, there: ReadonlySet<string>): string | undefined {
  let over = USUAL[name];
  while (over !== undefined && over !== ROOT && !there.has(over)) over = USUAL[over];
  return over === ROOT && !there.has(ROOT) ? NOTHING : over;
}

function merged(trees: readonly JobTree[]): SpanTree {
  const times = new Map<string, Map<string, number>>();
  for (const tree of trees) {
    for (const [name, own] of tree.above) {
      let all = times.get(name);
      if (all === undefined) {
        if (times.size >= MAX_NAMES) continue;
        all = new Map();
        times.set(name, all);
      }
      for (const [over, ms] of own) all.set(over, (all.get(over) ?? 0) + ms);
    }
  }
  const depth = depthsOf(times);
  const deepest = [...times.keys()].sort((a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0));
  return {
    above: new Map(
      deepest.map((name) => {
        const own = [...(times.get(name) ?? [])];
        const total = own.reduce((sum, [, ms]) => sum + ms, 0);
        // Spans that took no time lie somewhere, too.
        return [name, new Map(own.map(([over, ms]) => [over, total > 0 ? ms / total : 1 / own.length]))];
      }),
    ),
    isInferred: trees.some((tree) => tree.isInferred),
  };
}

/** Names under the longest way up, each name once on it. */
function depthsOf(above: ReadonlyMap<string, ReadonlyMap<string, number>>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const way = new Set<string>();
  const depthOf = (name: string): number => {
    const before = depths.get(name);
    if (before !== undefined) return before;
    if (way.has(name)) return 0;
    way.add(name);
    let depth = 0;
    for (const over of above.get(name)?.keys() ?? []) depth = Math.max(depth, 1 + depthOf(over));
    way.delete(name);
    depths.set(name, depth);
    return depth;
  };
  for (const name of above.keys()) depthOf(name);
  return depths;
}
