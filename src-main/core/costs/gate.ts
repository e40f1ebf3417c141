import type { Env, Logger } from '#core/ports/ports.ts';
import type { RequestOf } from '#shared/contract/requests.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { formatPercent, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { BudgetStatus, GateReport } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';
import type { Budget } from './budget.ts';
import { chanceOver } from './chance.ts';
import type { Estimator } from './estimate.ts';
import type { CostPlan } from './seams.ts';
import { isAmount, thresholdOf } from './threshold.ts';

export interface GateDeps {
  planOf<K extends JobKind>(kind: K, request: RequestOf[K]): CostPlan | null;
  readonly estimator: Estimator;
  readonly budget: Budget;
  settings(): Settings;
  readonly env: Env;
  readonly logger: Logger;
}

/** The spend gate (docs/adr/0007): what stands between a request and a bill. */
export interface Gate {
  /** What it says of a job; `approvedUsd` is the cost that the user agreed to, null for none. */
  check<K extends JobKind>(
    kind: K,
    request: RequestOf[K],
    approvedUsd: Usd | null,
    signal: AbortSignal,
  ): Promise<GateReport>;
  /**
   * Lets a job through, or throws why not. `enter` is called at once after the budgets were read, and must write the
   * job before it returns: so no two jobs are given the same money.
   */
  admit<K extends JobKind, T>(
    kind: K,
    request: RequestOf[K],
    approvedUsd: Usd | null,
    signal: AbortSignal,
    enter: (pass: GatePass<K>) => T,
  ): Promise<T>;
  /**
   * Of a paid job whose turn has come, with its new estimate: throws `cost.approval_needed` where that is above what it
   * was allowed, and `cost.budget_exceeded` where the budgets have no room for it any more. The demo is in no budget.
   */
  recheck(
    job: { readonly job_id: string; readonly allowed_usd: Usd; readonly demo?: boolean | undefined },
    estimate: CostEstimate,
  ): void;
}

/** Only the gate makes one: its class is not exported, and TypeScript takes nothing else for it. */
export type GatePass<K extends JobKind = JobKind> = Pass<K>;

class Pass<K extends JobKind> {
  readonly kind: K;
  /** What was looked at is what is run. */
  readonly request: RequestOf[K];
  /** The upper end of a later estimate may be this. */
  readonly allowed_usd: Usd;
  /** What is paid for, and how much it may be; null for what nobody sends a bill for. */
  readonly paid: { readonly plan: CostPlan; readonly estimate: CostEstimate } | null;
  /** Makes the type nominal. */
  readonly #fromGate = true;

  constructor(kind: K, request: RequestOf[K], allowed: Usd, paid: Pass<K>['paid']) {
    this.kind = kind;
    this.request = request;
    this.allowed_usd = allowed;
    this.paid = paid;
  }

  get isFromGate(): true {
    return this.#fromGate;
  }
}

/** An estimate widens by itself as its price grows old: by the time it is used, an approval is that much too small. */
const APPROVAL_SLACK = 1.005;

export function createGate(deps: GateDeps): Gate {
  let warned = '';
  const threshold = (): Usd => {
    const { usd, warning } = thresholdOf(deps.settings(), deps.env);
    if (warning !== null && warning !== warned)
      deps.logger.log({ level: 'warn', event: 'costs.threshold_invalid', message: warning });
    warned = warning ?? '';
    return usd;
  };

  /** To ask what would be paid buys nothing. */
  const planFor = <K extends JobKind>(kind: K, request: RequestOf[K]): CostPlan | null =>
    kind === 'cost-estimate' ? null : deps.planOf(kind, request);

  /** `paid`, and an estimate where there is one; `failure` where there must be one and is none. */
  const look = async <K extends JobKind>(kind: K, request: RequestOf[K], signal: AbortSignal) => {
    const plan = planFor(kind, request);
    if (plan === null) return { plan, paid: false, estimate: null, failure: null };
    try {
      const estimate = await deps.estimator.estimate(plan, signal);
      return { plan, paid: plan.paid, estimate, failure: null };
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
      if (plan.paid && thrown.code !== 'cost.unpriced') throw thrown;
      return { plan, paid: plan.paid, estimate: null, failure: plan.paid ? toFailure(thrown) : null };
    }
  };

  const report = (
    { plan, paid, estimate, failure }: Awaited<ReturnType<typeof look>>,
    approvedUsd: Usd | null,
  ): GateReport => {
    const budget = deps.budget.status();
    const asksAbove = threshold();
    const about = {
      paid,
      estimate,
      threshold_usd: asksAbove,
      chance_over_threshold: estimate === null ? null : chanceOver(estimate.intervals, asksAbove),
      budget,
    };
    if (!paid) return { ...about, decision: 'allow', failure: null };
    const high = estimate?.cost_high_usd ?? null;
    if (estimate === null || high === null || !isAmount(high))
      return { ...about, decision: 'refuse', failure: failure ?? UNKNOWN };
    const exceeded = plan?.demo === true ? null : exceededBudget(high, budget);
    if (exceeded !== null) return { ...about, decision: 'refuse', failure: exceeded };
    if (high <= allowance(asksAbove, approvedUsd)) return { ...about, decision: 'allow', failure: null };
    return {
      ...about,
      decision: 'ask',
      failure: needsApproval(estimate, asksAbove, about.chance_over_threshold),
    };
  };

  return {
    check: async (kind, request, approvedUsd, signal) =>
      report(await look(kind, request, signal), approvedUsd),

    async admit(kind, request, approvedUsd, signal, enter) {
      // What costs nothing is estimated when its turn comes, and only then.
      const isPaid = planFor(kind, request)?.paid === true;
      const looked = isPaid
        ? await look(kind, request, signal)
        : { plan: null, paid: false, estimate: null, failure: null };
      // From here to the end of `enter` nothing may wait.
      const { decision, failure } = report(looked, approvedUsd);
      if (decision !== 'allow') throw thrownAs(failure ?? UNKNOWN);
      const { plan, estimate } = looked;
      const paid = looked.paid && plan !== null && estimate !== null ? { plan, estimate } : null;
      return enter(new Pass(kind, request, allowance(threshold(), approvedUsd), paid));
    },

    recheck({ job_id, allowed_usd, demo = false }, estimate) {
      const high = estimate.cost_high_usd;
      if (high === null || !isAmount(high)) throw thrownAs(UNKNOWN);
      if (!(high <= allowed_usd)) throw thrownAs(grewDearer(estimate, allowed_usd));
      const exceeded = demo ? null : exceededBudget(high, deps.budget.status(job_id));
      if (exceeded !== null) throw thrownAs(exceeded);
    },
  };
}

const allowance = (threshold: Usd, approved: Usd | null): Usd =>
  approved !== null && isAmount(approved) ? Math.max(threshold, approved * APPROVAL_SLACK) : threshold;

const thrownAs = ({ code, message, detail }: Failure): CodedError =>
  new CodedError(code, message, { detail });

const UNKNOWN: Failure = {
  code: 'cost.unpriced',
  message: 'What this job would cost is not known, and what is paid for does not run without an estimate.',
};

function exceededBudget(
  high: Usd,
  { job_usd, day_usd, spent_today_usd, committed_usd }: BudgetStatus,
): Failure | null {
  const failure = (message: string): Failure => ({ code: 'cost.budget_exceeded', message });
  const ways = 'Change it in Settings, under Costs & budget.';
  if (job_usd !== null && !fits(high, job_usd))
    return failure(
      `The job may cost up to ${formatUsdUp(high)}, and the budget of one job is ${formatUsd(job_usd)}. ${ways}`,
    );
  if (day_usd === null || (day_usd > 0 && fits(spent_today_usd + committed_usd + high, day_usd))) return null;
  const promised =
    committed_usd > 0 ? `, up to ${formatUsdUp(committed_usd)} more belong to other jobs of today` : '';
  return failure(
    `The job may cost up to ${formatUsdUp(high)}. Of the budget of ${formatUsd(day_usd)} a day ${formatUsd(spent_today_usd)} are spent${promised}. ${ways}`,
  );
}

/** Nothing paid fits into a budget of 0, not even what is free today. NaN fits nowhere. */
const fits = (usd: Usd, budget: Usd): boolean => budget > 0 && usd <= budget;

function needsApproval(estimate: CostEstimate, threshold: Usd, chance: number | null): Failure {
  const likely =
    chance === null ? '' : ` The chance of more than ${formatUsd(threshold)} is ${formatPercent(chance)}.`;
  return {
    code: 'cost.approval_needed',
    message: `The job will probably cost ${range(estimate)}.${likely} It runs when up to ${formatUsdUp(estimate.cost_high_usd)} are approved: in the dialog of the app, or with --yes.`,
  };
}

const grewDearer = (estimate: CostEstimate, allowed: Usd): Failure => ({
  code: 'cost.approval_needed',
  message: `When its turn came, the job would probably have cost ${range(estimate)}, and up to ${formatUsd(allowed)} were approved. Nothing was spent: run it again to see the new figures.`,
});

const range = ({ projected_cost_usd, cost_low_usd, cost_high_usd }: CostEstimate): string =>
  `${formatUsd(projected_cost_usd)} (${formatUsd(cost_low_usd)} to ${formatUsdUp(cost_high_usd)})`;
