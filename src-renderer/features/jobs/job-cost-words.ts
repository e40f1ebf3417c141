import { z } from 'zod';
import { basisWords, countedWords } from '#renderer/widgets/cost-words.ts';
import { formatPercent, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import { type CostBasis, PRICE_SOURCES } from '#shared/model/estimate.ts';
import type { JobRow, JsonObject } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';
import { levelWords } from './gate-words.ts';

const number = z.number().nullable().catch(null);
const text = z.string().min(1).nullable().catch(null);
const priceUsed = z.object({
  source: z.enum(PRICE_SOURCES),
  as_of: z.number().nullable(),
  rate: z.discriminatedUnion('per', [
    z.object({ per: z.literal('hour'), usd: z.number() }),
    z.object({ per: z.literal('million_tokens'), usd_in: z.number(), usd_out: z.number() }),
    z.object({ per: z.literal('kwh'), usd: z.number(), watts: z.number(), share_usd_hour: z.number() }),
  ]),
});

/** An estimate as a job keeps it: RUNE's stores hold RUNE's fields only, older jobs of ours hold fewer than today's. */
const keptEstimate = z.object({
  cost_driver: text,
  confidence_score: number,
  cost_low_usd: number,
  cost_high_usd: number,
  coverage: number,
  basis: text,
  rests_on: z
    .object({ price: priceUsed.nullable().catch(null) })
    .nullable()
    .catch(null),
});
export type KeptEstimate = z.infer<typeof keptEstimate>;

export const readEstimate = (json: JsonObject | null): KeptEstimate | null =>
  json === null ? null : keptEstimate.parse(json);

/** `$0.008 to $0.02 at 80 %`. */
export function intervalWords({ cost_low_usd, cost_high_usd, coverage }: KeptEstimate): string | null {
  if (cost_low_usd === null || cost_high_usd === null) return null;
  const level = coverage === null ? '' : ` at ${levelWords(coverage)}`;
  return `${formatUsd(cost_low_usd)} to ${formatUsdUp(cost_high_usd)}${level}`;
}

/** What the actual cost rests on: as the job's result says it, else by the price of its estimate, which it was reckoned with. */
export function actualWords(result: JsonObject | null, estimate: KeptEstimate | null): string | null {
  const price = estimate?.rests_on?.price ?? null;
  const metadata = result?.metadata;
  const said =
    typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
      ? (metadata as JsonObject).cost_basis
      : undefined;
  if (typeof said === 'string' && said !== ('unknown' satisfies CostBasis)) return basisWords(said, price);
  return price === null ? null : countedWords(price);
}

/** `12.3 % over`: how far the actual cost lies from the estimate. */
export function againstWords(estimated: Usd | null, actual: Usd | null): string | null {
  if (estimated === null || actual === null || estimated === 0) return null;
  const ratio = actual / estimated - 1;
  if (Math.abs(ratio) < 0.005) return 'as estimated';
  return `${formatPercent(Math.abs(ratio))} ${ratio > 0 ? 'over' : 'under'}`;
}

/** A running job's cost is what it has spent until now. Only paid ones say it while they run. */
export const isSoFar = ({ status, cost_usd }: Pick<JobRow, 'status' | 'cost_usd'>): boolean =>
  status === 'running' && cost_usd !== null;

export interface SpendCap {
  readonly usd: Usd;
  /** As it reads wherever it is agreed to. */
  readonly text: string;
  readonly words: string;
  readonly means: string;
}

/** Against what a running paid job's spending is held: its budget, else the upper end that it was let through with. */
export function capOf(estimate: KeptEstimate | null, jobBudget: Usd | null): SpendCap | null {
  if (jobBudget !== null) {
    return {
      usd: jobBudget,
      text: formatUsd(jobBudget),
      words: 'job budget',
      means: 'At this the job is ended: cost.budget_reached',
    };
  }
  const high = estimate?.cost_high_usd ?? null;
  return high === null
    ? null
    : {
        usd: high,
        text: formatUsdUp(high),
        words: 'expected at most',
        means: 'The upper end of its estimate; it may cost more',
      };
}
