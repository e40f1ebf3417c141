import { priceWords } from '#renderer/widgets/cost-words.ts';
import { formatAge, formatPercent, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { BudgetStatus, GateReport } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { rentalOfRequest } from './rental-form.ts';

/** `book price of 2026-10, 39 days old`; what it is stands in the estimate's own sentence. */
export function priceAge(estimate: CostEstimate, now: EpochSeconds): string | null {
  const { price } = estimate.rests_on;
  if (price === null) return null;
  if (price.as_of === null) return priceWords(price);
  const age = now - price.as_of;
  return `${priceWords(price)}, ${age < 60 ? 'just read' : `${formatAge(age)} old`}`;
}

/** How much of paid spending a day still has room for; null without a budget. */
export const leftToday = ({ day_usd, spent_today_usd, committed_usd }: BudgetStatus): Usd | null =>
  day_usd === null ? null : Math.max(0, day_usd - spent_today_usd - committed_usd);

/** `$3.20 of $20.00 today, $1.20 more promised to running and queued jobs: $15.60 left`. */
export function budgetSentence(budget: BudgetStatus): string {
  const { day_usd, spent_today_usd, committed_usd } = budget;
  const promised =
    committed_usd > 0 ? `, up to ${formatUsd(committed_usd)} more by running and queued jobs` : '';
  const left = leftToday(budget);
  return left === null
    ? `${formatUsd(spent_today_usd)} today${promised}; no budget for a day is set`
    : `${formatUsd(spent_today_usd)} of ${formatUsd(day_usd)} today${promised}: ${formatUsd(left)} left`;
}

/** `38 % chance of more than $5.00`; null where nothing is known. */
export const chanceSentence = ({ chance_over_threshold, threshold_usd }: GateReport): string | null =>
  chance_over_threshold === null
    ? null
    : `${formatPercent(chance_over_threshold)} chance of more than ${formatUsd(threshold_usd)}`;

/** `confidence 41 %`, and in the tooltip what that means. */
export const confidenceWords = (score: number): string => `confidence ${formatPercent(score)}`;
export const CONFIDENCE_MEANS =
  'Estimated chance that the actual cost lies within a factor of 1.25 of the probable one';

/** `80 %`: the level of an interval. */
export const levelWords = (coverage: number): string => `${Number((coverage * 100).toFixed(1))} %`;

/** What is wanted, in words: where it is asked, which model, and the machine that is rented for it. */
export function jobWords({
  kind,
  request,
}: {
  readonly kind: JobKind;
  readonly request: Readonly<Record<string, unknown>>;
}): {
  readonly backend: string;
  readonly model: string | null;
  /** `offer 501, at most $0.38/h, destroyed at the end`; null where none is rented. */
  readonly machine: string | null;
  /** On the demo market, where nothing is paid. */
  readonly demo: boolean;
} {
  const text = (name: string): string | null => {
    const value = request[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  };
  return {
    backend: [text('backend_type') ?? 'ollama', text('backend_url')]
      .filter((part) => part !== null)
      .join(' at '),
    model: text('model'),
    machine: machineWords(kind, request.provisioning),
    demo: request.backend_type === 'demo',
  };
}

function machineWords(kind: JobKind, provisioning: unknown): string | null {
  const rental = rentalOfRequest(provisioning);
  if (rental === null) return null;
  const { offerId, maxDph, gpuNames, stops } = rental;
  return [
    offerId !== null ? `offer ${offerId}` : gpuNames.length > 0 ? gpuNames.join(' or ') : 'the best offer',
    maxDph === '' ? 'whatever it costs an hour' : `at most ${formatUsdUp(Number(maxDph))}/h`,
    // An instance is what the other kind is for.
    stops && kind !== 'llm-instance' ? 'destroyed when the job ends' : 'kept afterwards',
  ].join(', ');
}
