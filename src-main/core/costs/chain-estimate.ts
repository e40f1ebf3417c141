import type { AgenticAgentRequest, ChainRequest } from '#shared/contract/requests.ts';
import { fillTemplate } from '#shared/lib/template.ts';
import type { Assumed, CostEstimate, CostInterval } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';
import type { CostPlan } from './seams.ts';
import { impactOf } from './warnings.ts';

/** A step as the job of an agent that it is, with what is known of its question before its turn. */
export const stepRequest = (
  { steps: _, context, name: _name, attestation_required: _required, ...shared }: ChainRequest,
  { agent, question_template }: ChainRequest['steps'][number],
  answers: ReadonlyMap<string, string> = new Map(),
): AgenticAgentRequest => ({
  ...shared,
  agent,
  question: fillTemplate(question_template, new Map([...Object.entries(context), ...answers])).text,
});

/**
 * What a chain is paid for: what its steps are. Where somebody sends a bill for some of them, the bill is theirs alone.
 * Null: nothing is.
 */
export function planOfChain(
  request: ChainRequest,
  planOfStep: (step: AgenticAgentRequest) => CostPlan | null,
): CostPlan | null {
  const plans = request.steps.flatMap((step) => planOfStep(stepRequest(request, step)) ?? []);
  const paid = plans.filter((plan) => plan.paid);
  const steps = paid.length > 0 ? paid : plans;
  const [first] = steps;
  if (first === undefined) return null;
  return {
    // A chain is like no job of one agent: it neither learns from them nor teaches them.
    comparable: { ...first.comparable, agent: null },
    wanted: first.wanted,
    paid: first.paid,
    demo: first.demo,
    duration_seconds: null,
    steps,
  };
}

/** Estimates each kind of step once, and adds them up. */
export async function estimateChain(
  steps: readonly CostPlan[],
  estimateOf: (step: CostPlan) => Promise<CostEstimate>,
): Promise<CostEstimate> {
  const alike = new Map<string, { readonly step: CostPlan; count: number }>();
  for (const step of steps) {
    const key = JSON.stringify(step);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { step, count: 1 });
    else known.count++;
  }
  const parts: Part[] = [];
  for (const { step, count } of alike.values()) parts.push({ estimate: await estimateOf(step), count });
  return sumOf(parts);
}

interface Part {
  readonly estimate: CostEstimate;
  /** Of so many steps. */
  readonly count: number;
}

/**
 * Their sum. Steps of one chain err together (one model, one price, one habit of counting), so the ends of intervals are
 * added as they are: independent steps would make a narrower one, which nobody has shown.
 */
export function sumOf(parts: readonly Part[]): CostEstimate {
  const total = (of: (estimate: CostEstimate) => number | null): number | null =>
    parts.reduce<number | null>((sum, { estimate, count }) => {
      const one = of(estimate);
      return sum === null || one === null ? null : sum + one * count;
    }, 0);
  const estimates = parts.map(({ estimate }) => estimate);
  const [first] = estimates;
  if (first === undefined) throw new TypeError('a chain without a step');
  const projected = total(({ projected_cost_usd }) => projected_cost_usd);
  const warnings = new Set(estimates.flatMap(({ warning }) => warning ?? []));
  return {
    projected_cost_usd: projected,
    cost_driver: first.cost_driver,
    resource_impact: impactOf(first.cost_driver, projected ?? 0),
    local_energy_kwh: total(({ local_energy_kwh }) => local_energy_kwh),
    confidence_score: Math.min(...estimates.map(({ confidence_score }) => confidence_score)),
    warning: warnings.size === 0 ? null : [...warnings].join(' '),
    cost_low_usd: total(({ cost_low_usd }) => cost_low_usd),
    cost_high_usd: total(({ cost_high_usd }) => cost_high_usd),
    coverage: first.coverage,
    basis: basisOf(parts),
    drivers: driversOf(parts, projected),
    intervals: first.intervals.flatMap(({ coverage }) => intervalAt(parts, coverage)),
    rests_on: groundOf(estimates, total),
  };
}

function intervalAt(parts: readonly Part[], coverage: number): CostInterval[] {
  let low_usd = 0;
  let high_usd = 0;
  for (const { estimate, count } of parts) {
    const own = estimate.intervals.find((interval) => interval.coverage === coverage);
    if (own === undefined) return [];
    low_usd += own.low_usd * count;
    high_usd = Math.min(Number.MAX_VALUE, high_usd + own.high_usd * count);
  }
  return [{ coverage, low_usd, high_usd }];
}

function basisOf(parts: readonly Part[]): string {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined)
    return count === 1 ? only.estimate.basis : `The sum of ${count} steps. Of each: ${only.estimate.basis}`;
  const each = parts.map(
    ({ estimate, count: of }) => `${of === 1 ? '1 step' : `${of} steps`}: ${estimate.basis}`,
  );
  return `The sum of ${count} steps. ${[...new Set(each)].slice(0, 4).join(' ')}`;
}

/** What widens each, weighted by what it costs. */
function driversOf(parts: readonly Part[], projected: Usd | null): CostEstimate['drivers'] {
  const byName = new Map<string, number>();
  const steps = parts.reduce((sum, { count }) => sum + count, 0);
  for (const { estimate, count } of parts) {
    const cost = (estimate.projected_cost_usd ?? 0) * count;
    const share = projected === null || projected === 0 ? count / steps : cost / projected;
    for (const { name, log_sigma } of estimate.drivers)
      byName.set(name, (byName.get(name) ?? 0) + share * log_sigma);
  }
  return [...byName]
    .map(([name, log_sigma]) => ({ name, log_sigma }))
    .sort((a, b) => b.log_sigma - a.log_sigma);
}

function groundOf(
  estimates: readonly CostEstimate[],
  total: (of: (estimate: CostEstimate) => number | null) => number | null,
): CostEstimate['rests_on'] {
  const grounds = estimates.map(({ rests_on }) => rests_on);
  const [price = null] = grounds.map((ground) => ground.price);
  const isOnePrice = grounds.every(
    (ground) => JSON.stringify(ground.price?.rate) === JSON.stringify(price?.rate),
  );
  const seconds = total(({ rests_on }) => rests_on.duration_seconds?.value ?? null);
  const input = total(({ rests_on }) => rests_on.tokens?.value.input ?? null);
  const output = total(({ rests_on }) => rests_on.tokens?.value.output ?? null);
  const isLearned = grounds.every(({ doubt }) => doubt.from === 'history');
  return {
    price: isOnePrice ? price : null,
    duration_seconds:
      seconds === null ? null : { value: seconds, ...weakest(grounds.map((one) => one.duration_seconds)) },
    tokens:
      input === null || output === null
        ? null
        : { value: { input, output }, ...weakest(grounds.map((one) => one.tokens)) },
    doubt: {
      from: isLearned ? 'history' : 'prior',
      n: isLearned ? Math.min(...grounds.map(({ doubt }) => doubt.n)) : 0,
      group: null,
    },
  };
}

/** A sum is known no better than the least known of it; of which jobs, is no one group. */
function weakest(assumed: readonly (Assumed<unknown> | null)[]): Omit<Assumed<unknown>, 'value'> {
  const isLearned = assumed.every((one) => one?.source === 'history');
  return {
    source: isLearned ? 'history' : 'default',
    n: isLearned ? Math.min(...assumed.map((one) => one?.n ?? 0)) : 0,
    group: null,
  };
}
