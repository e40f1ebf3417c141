import type { Rental } from '#shared/model/rentals.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import type { RsRentalRow } from './rental-row.ts';

const HOUR = 3600;

type Cost = Pick<Rental, 'cost_usd' | 'cost_from'>;
type Costed = Pick<
  RsRentalRow,
  | 'contract_id'
  | 'intent_at'
  | 'started_at'
  | 'ended_at'
  | 'usd_hour'
  | 'gb_in'
  | 'usd_gb_in'
  | 'gb_out'
  | 'usd_gb_out'
  | 'billed_usd'
  | 'billed_until'
  | 'settled'
>;

/** Since when somebody pays for it: what the market said, else when it was asked. */
export const startOf = ({ started_at, intent_at }: Pick<Costed, 'started_at' | 'intent_at'>): EpochSeconds =>
  started_at ?? intent_at;

/** The bill as far as it has come and our own reckoning for the time after it; a settled bill is the whole. */
export function costOfRental(row: Costed, now: EpochSeconds): Cost {
  if (row.contract_id === null) return { cost_usd: null, cost_from: 'none' };
  const end = row.ended_at ?? now;
  const hours = (from: EpochSeconds): Usd => (Math.max(0, end - from) / HOUR) * row.usd_hour;
  if (row.billed_usd !== null) {
    const isWhole = row.settled === 1 || row.billed_until === null;
    return { cost_usd: row.billed_usd + (isWhole ? 0 : hours(row.billed_until)), cost_from: 'bill' };
  }
  const bytes = row.gb_in * (row.usd_gb_in ?? 0) + row.gb_out * (row.usd_gb_out ?? 0);
  return { cost_usd: hours(startOf(row)) + bytes, cost_from: 'clock' };
}

export interface Use {
  readonly job_id: string;
  readonly from_at: EpochSeconds;
}

/** A job's part of a rental, 0 to 1: each pays from its start to the next one's, the first for the boot too. */
export function shareOf(jobId: string, uses: readonly Use[], start: EpochSeconds, end: EpochSeconds): number {
  const [first] = uses;
  if (uses.length === 1 || end <= start) return first?.job_id === jobId ? 1 : 0;
  const within = (at: EpochSeconds): EpochSeconds => Math.min(end, Math.max(start, at));
  const paid = uses.reduce((sum, { job_id, from_at }, index) => {
    const from = index === 0 ? start : within(from_at);
    const until = within(uses[index + 1]?.from_at ?? end);
    return job_id === jobId ? sum + until - from : sum;
  }, 0);
  return paid / (end - start);
}
