import { formatUsdUp } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';
import { estimate } from './api.ts';
import { rentalQuestion } from './bodies.ts';
import type { Remote } from './call.ts';

/**
 * RUNE's server rents without a question: its clients ask beforehand. So do we, with its own estimate and our
 * threshold. Throws `cost.*`. (Ours on the other side has a gate of its own, which says what it says.)
 */
export async function checkRuneSpend(
  remote: Remote,
  body: JsonObject,
  limits: { readonly thresholdUsd: Usd; readonly approvedUsd: Usd | null },
  signal: AbortSignal,
): Promise<void> {
  const question = rentalQuestion(body);
  if (question === null) return;
  const { projected_cost_usd, cost_driver } = await estimate(remote, question, signal);
  if (['', 'unknown', 'none', 'error'].includes(cost_driver.toLowerCase()))
    throw new CodedError(
      'cost.unpriced',
      `${remote.who} cannot say what this job would cost, and what is paid for does not run without an estimate.`,
    );
  if (projected_cost_usd <= Math.max(limits.thresholdUsd, limits.approvedUsd ?? 0)) return;
  throw new CodedError(
    'cost.approval_needed',
    `${remote.who} estimates ${formatUsdUp(projected_cost_usd)} for an hour of this job. It runs when as much is approved.`,
  );
}
