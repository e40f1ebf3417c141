import type { Actual } from '#core/costs/actual.ts';
import { budgetReached, watchCap } from '#core/costs/meter.ts';
import type { RunOf } from '#core/jobs/workflow.ts';
import type { CostBasis, CostEstimate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Usd } from '#shared/model/units.ts';
import type { Services } from '../services.ts';

type Money = Pick<Services, 'gate' | 'capOf'>;

/** What the steps of one chain spend: each is measured for itself, and all together are held against the chain's limits. */
export interface Spending {
  /** What a step may do with money, and where it says what it has spent. */
  of(step: string): Money & { spent(cost: Actual): void };
  /** The step is over; null: without an answer, and what its meter has counted is what it cost. */
  ended(step: string, cost: Actual | null): void;
  /** Of all steps that cost something. */
  total(): Actual;
}

interface Promised {
  spent: Actual;
  /** The upper end of its estimate, while it runs. */
  high: Usd;
}

/** The surest first: a sum is known no better than the least sure part of it. */
const BY_SURENESS: readonly CostBasis[] = [
  'metered',
  'reported-tokens',
  'counted-tokens',
  'hardware-derived',
  'unknown',
];

export function createSpending(
  run: Pick<RunOf<'chain'>, 'job_id' | 'spent' | 'stop' | 'signal' | 'allowed_usd'>,
  services: Pick<Services, 'gate' | 'capOf' | 'clock'>,
): Spending {
  const steps = new Map<string, Promised>();
  const reached = watchCap(() => services.capOf(run.job_id), services.clock);
  const known = (except: string | null, of: (step: Promised) => Usd | null): Usd =>
    [...steps].reduce((sum, [name, step]) => (name === except ? sum : sum + (of(step) ?? 0)), 0);

  const total = (): Actual => {
    const costs = [...steps.values()].map(({ spent }) => spent);
    const usd = costs.reduce<Usd | null>(
      (sum, cost) => (sum === null || cost.usd === null ? null : sum + cost.usd),
      0,
    );
    const at = Math.max(0, ...costs.map(({ basis }) => BY_SURENESS.indexOf(basis)));
    return usd === null ? { usd, basis: 'unknown' } : { usd, basis: BY_SURENESS[at] ?? 'unknown' };
  };

  /** As if it were the chain's own estimate: what is spent or promised already comes on top. */
  const withOthers = (name: string, estimate: CostEstimate): CostEstimate => {
    const others = known(name, ({ spent, high }) => Math.max(spent.usd ?? 0, high));
    const plus = (usd: Usd | null): Usd | null => (usd === null ? null : usd + others);
    const { projected_cost_usd, cost_low_usd, cost_high_usd } = estimate;
    return {
      ...estimate,
      projected_cost_usd: plus(projected_cost_usd),
      cost_low_usd: plus(cost_low_usd),
      cost_high_usd: plus(cost_high_usd),
    };
  };

  return {
    of: (name) => ({
      gate: {
        ...services.gate,
        recheck: (job, estimate) => {
          try {
            services.gate.recheck({ ...job, allowed_usd: run.allowed_usd }, withOthers(name, estimate));
          } catch (thrown) {
            throw thrown instanceof CodedError && thrown.code === 'cost.approval_needed'
              ? tooDear(thrown)
              : thrown;
          }
          steps.set(name, { spent: NOTHING, high: estimate.cost_high_usd ?? 0 });
        },
      },
      // The job's cap, less what the others have spent of it.
      capOf: (jobId) => {
        const { usd, of } = services.capOf(jobId);
        return { usd: Math.max(0, usd - known(name, ({ spent }) => spent.usd)), of };
      },
      spent: (cost) => {
        const step = steps.get(name);
        steps.set(name, { spent: cost, high: step?.high ?? 0 });
        const all = total();
        run.spent(all);
        if (step === undefined || all.usd === null || run.signal.aborted) return;
        const cap = reached(all.usd);
        if (cap !== null) run.stop(budgetReached(all.usd, cap));
      },
    }),
    ended: (name, cost) => {
      const step = steps.get(name);
      if (step === undefined) return;
      step.high = 0;
      if (cost === null) return;
      // Own hardware is in no bill.
      if (cost.basis === 'hardware-derived') steps.delete(name);
      else step.spent = cost;
      if (steps.size > 0) run.spent(total());
    },
    total,
  };
}

const NOTHING: Actual = { usd: 0, basis: 'reported-tokens' };

const tooDear = ({ message }: CodedError): CodedError =>
  new CodedError(
    'cost.approval_needed',
    `With this step the chain would cost more than was agreed to. ${message.replace(/ Nothing was spent: run it again to see the new figures\.$/, ' What the steps before it cost is spent.')}`,
  );
