import { CodedError } from '#shared/model/failure.ts';
import { type Categories, categoriesBy, categoriesOf, isAttribute } from './categories.ts';
import { ALONE, BESIDE_OTHERS, companyOf } from './concurrency.ts';
import { isSpeed, measuredByName, scattered, speedSources } from './measures.ts';
import { cell, type Population } from './population.ts';

/** Something that may have differed between two jobs beside what they are compared by. */
export interface ConditionRule {
  readonly name: string;
  /** As the subject of a sentence. */
  readonly title: string;
  /** Told by labels of these spans, which takes a store its time; null: known at once. */
  readonly event: string | null;
  appliesTo(measure: string): boolean;
  categories(population: Population): Categories;
}

/** Loading the model took longer, so it was not loaded before. */
const COLD_MS = 1000;
const WEEK_SECONDS = 604_800;
/** 1970-01-05, the first Monday. */
const FIRST_MONDAY = 345_600;

const always = (): boolean => true;
const dimension = (name: string, title: string): ConditionRule => ({
  name,
  title,
  event: null,
  appliesTo: always,
  categories: (population) => categoriesOf(population, name),
});
const label = (name: string, title: string, event: string, key: string): ConditionRule => ({
  name,
  title,
  event,
  appliesTo: always,
  categories: (population) => categoriesOf(population, `attribute:${event}:${key}`),
});

const CONDITIONS: readonly ConditionRule[] = [
  dimension('model', 'The model'),
  dimension('question', 'The question'),
  dimension('agent', 'The agent'),
  dimension('backend_type', 'The backend'),
  dimension('provider_type', 'Where the backend ran'),
  dimension('kind', 'The kind of job'),
  dimension('tenant_id', 'The tenant'),
  dimension('source', 'The source'),
  {
    name: 'demo',
    title: 'Demo data',
    event: null,
    appliesTo: always,
    categories: ({ demo }) => ({ names: ['own', 'demo'], of: Int32Array.from(demo) }),
  },
  {
    name: 'warmth',
    title: 'Whether the model was loaded',
    event: null,
    appliesTo: always,
    categories: (population) => {
      const load = scattered(population, ({ figures }) => {
        const { row, load_ms } = figures.calls();
        return { row, value: load_ms };
      });
      return {
        names: ['no load over 1 s seen', 'cold: loading took over 1 s'],
        of: Int32Array.from(load, (ms) => Number(ms > COLD_MS)),
      };
    },
  },
  {
    name: 'concurrency',
    title: 'Other jobs on the same server at the same time',
    event: null,
    appliesTo: always,
    categories: (population) => {
      const company = companyOf(population);
      const names = ['', '', ''];
      names[ALONE] = 'alone';
      names[BESIDE_OTHERS] = 'beside others';
      return { names, of: Int32Array.from(company) };
    },
  },
  {
    name: 'week',
    title: 'The week',
    event: null,
    appliesTo: always,
    categories: (population) => {
      const weeks = new Map<number, string>();
      return categoriesBy(population, (row) => {
        const week = Math.floor((cell(population.created_at, row) - FIRST_MONDAY) / WEEK_SECONDS);
        let name = weeks.get(week);
        if (name === undefined) {
          name = weekName(week);
          weeks.set(week, name);
        }
        return name;
      });
    },
  },
  {
    name: 'cost_basis',
    title: 'Whether a cost is recorded',
    event: null,
    appliesTo: (measure) => measure === 'cost',
    categories: (population) =>
      categoriesBy(population, (row) => {
        const cost = cell(population.cost_usd, row);
        return cost > 0 ? 'recorded' : cost === 0 ? 'recorded as $0' : 'not recorded';
      }),
  },
  {
    name: 'measured_by',
    title: 'Who measured the speed',
    event: null,
    appliesTo: isSpeed,
    categories: (population) => {
      const sources = speedSources(population);
      return categoriesBy(population, (row) => measuredByName(cell(sources, row) || 0));
    },
  },
  label('agent_version', "The agent's version", 'agent.ask', 'agent_version'),
  label('tool_versions', 'The versions of tools', 'agent.ask', 'tool_versions'),
  label('driver_version', "The driver's version", 'driver.call', 'driver_version'),
  label('server_version', "The backend's version", 'backend.warmup', 'server_version'),
  label('gpu', 'The GPU', 'vastai.instance_create', 'gpu_name'),
  label('hardware', 'The hardware', 'agent.ask', 'hardware'),
];

/** Reading a label of more spans than this per job takes seconds. */
const MAX_SPANS_PER_JOB = 8;

/** What is looked at for a comparison by `by`. Labels only with `slow`, and where a store can read them in time. */
export function conditionsFor(
  population: Population,
  { by, measure, slow }: { readonly by: string; readonly measure: string; readonly slow: boolean },
): readonly ConditionRule[] {
  const rules = CONDITIONS.filter((rule) => rule.name !== by && rule.appliesTo(measure));
  if (!slow) return rules.filter(({ event }) => event === null);
  const totals = new Map<string, number>();
  for (const { figures } of population.sources)
    for (const { event, total } of figures.events()) totals.set(event, (totals.get(event) ?? 0) + total);
  return rules.filter(({ event }) => {
    if (event === null) return true;
    const total = totals.get(event) ?? 0;
    return total > 0 && total <= MAX_SPANS_PER_JOB * population.count;
  });
}

/** A condition by name, also one of `attribute:<span name>:<key>`. Throws `request.invalid`. */
export function conditionNamed(name: string, by: string): ConditionRule {
  if (name === by)
    throw new CodedError(
      'request.invalid',
      `The groups differ by "${name}": jobs of two groups can never match in it.`,
    );
  const rule = CONDITIONS.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  if (isAttribute(name)) return dimension(name, name);
  throw new CodedError(
    'request.invalid',
    `"${name}" is no condition. Choose from ${CONDITIONS.map((one) => one.name).join(', ')}, or attribute:<span name>:<key>.`,
  );
}

/** Beyond what a date can say, clocks were wrong. */
function weekName(week: number): string {
  const seconds = week * WEEK_SECONDS + FIRST_MONDAY;
  return Math.abs(seconds) <= 8.64e12
    ? `week of ${new Date(seconds * 1000).toISOString().slice(0, 10)}`
    : 'no time';
}
