import type { PhaseBreakdown } from '#shared/model/compare.ts';
import { measureValues } from './measures.ts';
import { outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/**
 * Which span lies in which (decisions: the span tree of a job); children after their parents. Sums per job cannot say
 * more: a span's own time is its sum less that of the names in it, and a name that is not here stays in its container.
 */
const PARENTS = [
  ['job.execute', null],
  ['cost.estimate', 'job.execute'],
  ['provider.provision', 'job.execute'],
  ['vastai.offer_search', 'provider.provision'],
  ['vastai.instance_reuse_check', 'provider.provision'],
  ['vastai.instance_create', 'provider.provision'],
  ['vastai.instance_wait', 'provider.provision'],
  ['backend.warmup', 'provider.provision'],
  ['backend.get_capabilities', 'job.execute'],
  ['agent.ask', 'job.execute'],
  ['driver.call', 'agent.ask'],
  ['backend.chat', 'agent.ask'],
  ['provider.teardown', 'job.execute'],
] as const satisfies readonly (readonly [name: string, parent: string | null])[];

/**
 * Mean time per succeeded job in each span name's own time. Never negative: where children ran side by side, and
 * together took longer than their parent, the parent has no time of its own.
 */
export function phaseBreakdown(population: Population, groups: readonly Group[]): PhaseBreakdown {
  const there = new Set(
    population.sources.flatMap(({ figures }) => figures.events().map(({ event }) => event)),
  );
  const steps = PARENTS.filter(([name]) => there.has(name)).map(([name, parent]) => ({
    name,
    parent,
    sums: measureValues(population, name),
  }));
  const shown = steps.filter(({ name }) => name !== 'job.execute');
  const outcomes = outcomesOf(population);
  const children = steps.map(({ name }) => nearestParent(name, new Set(steps.map((step) => step.name))));
  const own = new Float64Array(steps.length);
  const covered = new Float64Array(steps.length);
  return {
    names: shown.map(({ name }) => name),
    groups: groups.map(({ key, rows }) => {
      const totals = new Float64Array(steps.length);
      let rest = 0;
      let n = 0;
      for (const row of rows) {
        if (cell(outcomes, row) !== SUCCEEDED) continue;
        covered.fill(0);
        let outside = 0;
        let isMeasured = false;
        // Children come after their parents: from the end, what lies in a step is known before the step.
        for (let i = steps.length - 1; i >= 0; i--) {
          const sum = cell(steps[i]?.sums ?? covered, row);
          const inside = cell(covered, i);
          isMeasured ||= sum >= 0;
          own[i] = sum >= 0 ? Math.max(0, sum - inside) : 0;
          const taken = sum >= 0 ? Math.max(sum, inside) : inside;
          const parent = children[i] ?? -1;
          if (parent !== -1) covered[parent] = cell(covered, parent) + taken;
          else outside += taken;
        }
        if (!isMeasured) continue;
        n++;
        for (const [i, { name }] of steps.entries()) {
          if (name === 'job.execute') rest += cell(own, i);
          else totals[i] = cell(totals, i) + cell(own, i);
        }
        // What the job took beyond its spans.
        const duration = cell(population.duration_ms, row);
        if (duration > outside) rest += duration - outside;
      }
      const perJob = (sum: number): number => (n === 0 ? 0 : sum / n);
      return {
        key,
        n,
        own_ms: steps.flatMap(({ name }, i) => (name === 'job.execute' ? [] : [perJob(cell(totals, i))])),
        rest_ms: perJob(rest),
      };
    }),
  };

  function nearestParent(name: string, known: ReadonlySet<string>): number {
    let parent = parentOf(name);
    while (parent !== null && !known.has(parent)) parent = parentOf(parent);
    return steps.findIndex((step) => step.name === parent);
  }
}

const parentOf = (name: string): string | null => PARENTS.find(([one]) => one === name)?.[1] ?? null;
