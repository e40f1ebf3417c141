import { CodedError } from '#shared/model/failure.ts';

interface Step {
  readonly name: string;
  readonly dependencies: readonly string[];
}

/** RUNE has no limit; this is ours. */
export const MAX_STEPS = 64;

const invalid = (message: string): CodedError => new CodedError('chain.invalid', message);

/** Throws `chain.invalid` where the steps have no order: it names the first step with which that is so. */
export function requireOrder(steps: readonly Step[]): void {
  const byName = new Map<string, Step>();
  for (const [i, step] of steps.entries()) {
    if (byName.has(step.name))
      throw invalid(
        `Step ${i + 1} is called "${step.name}" as another one is: give each step a name of its own.`,
      );
    byName.set(step.name, step);
  }
  for (const { name, dependencies } of steps) {
    const unknown = dependencies.find((dependency) => !byName.has(dependency));
    if (unknown !== undefined)
      throw invalid(`Step "${name}" depends on "${unknown}", and there is no step of that name.`);
  }
  const cycle = cycleIn(byName);
  if (cycle !== null)
    throw invalid(
      cycle.length === 1
        ? `Step "${cycle[0]}" depends on itself.`
        : `Step "${cycle[0]}" waits for itself: ${[...cycle, cycle[0]].map((name) => `"${name}"`).join(' needs ')}.`,
    );
}

/** What is refused before the rest of a request is looked at: how many steps there are, in words. */
export function requireSomeSteps(steps: unknown): void {
  if (!Array.isArray(steps)) return;
  if (steps.length === 0) throw invalid('The chain has no steps: give at least one.');
  if (steps.length <= MAX_STEPS) return;
  const first: unknown = steps[MAX_STEPS];
  const name = typeof first === 'object' && first !== null && 'name' in first ? first.name : null;
  throw invalid(
    `The chain has ${steps.length} steps, and ${MAX_STEPS} is the most: step ${MAX_STEPS + 1}${typeof name === 'string' ? `, "${name.slice(0, 64)}",` : ''} is one too many.`,
  );
}

/** Names of the steps of a cycle, in the order of who needs whom; null: there is none. */
function cycleIn(byName: ReadonlyMap<string, Step>): readonly string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (name: string): readonly string[] | null => {
    if (done.has(name)) return null;
    const at = path.indexOf(name);
    if (at !== -1) return path.slice(at);
    path.push(name);
    for (const dependency of byName.get(name)?.dependencies ?? []) {
      const found = walk(dependency);
      if (found !== null) return found;
    }
    path.pop();
    done.add(name);
    return null;
  };
  for (const name of byName.keys()) {
    const found = walk(name);
    if (found !== null) return found;
  }
  return null;
}
