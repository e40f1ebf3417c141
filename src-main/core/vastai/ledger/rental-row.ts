import type { Failure } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Rental, RentalState } from '#shared/model/rentals.ts';
import type { EpochSeconds, Seconds, Usd } from '#shared/model/units.ts';
import type { RentalRow } from '../seams.ts';
import { costOfRental } from './rental-cost.ts';

/** A row of rs_rental as SQLite returns it. */
export interface RsRentalRow {
  readonly seq: number;
  readonly rental_id: string;
  readonly market: Market;
  readonly state: RentalState;
  readonly job_id: string;
  readonly label: string;
  readonly offer_id: number;
  readonly contract_id: number | null;
  readonly machine_id: number | null;
  readonly host_id: number | null;
  readonly gpu_name: string;
  readonly num_gpus: number;
  readonly gpu_total_ram: number;
  readonly reliability: number | null;
  readonly disk_gb: number;
  readonly usd_hour: Usd;
  readonly usd_gb_in: Usd | null;
  readonly usd_gb_out: Usd | null;
  readonly backend_url: string | null;
  readonly intent_at: EpochSeconds;
  readonly started_at: EpochSeconds | null;
  readonly ready_at: EpochSeconds | null;
  readonly seen_at: EpochSeconds | null;
  readonly closing_at: EpochSeconds | null;
  readonly destroy_at: EpochSeconds | null;
  readonly tries: number;
  readonly ended_at: EpochSeconds | null;
  readonly verified_at: EpochSeconds | null;
  readonly keep_until: EpochSeconds | null;
  readonly gb_in: number;
  readonly gb_out: number;
  readonly billed_usd: Usd | null;
  readonly billed_until: EpochSeconds | null;
  readonly bill_since: EpochSeconds | null;
  readonly settled: number;
  readonly boot_s: Seconds | null;
  readonly promised_mbps: number | null;
  readonly download_mbps: number | null;
  readonly tokens_per_s: number | null;
  readonly model: string | null;
  readonly ended_because: string | null;
  readonly failure_json: string | null;
  readonly account: number | null;
}

/** What the page sees of a row. */
export function toRental(row: RsRentalRow, now: EpochSeconds): Rental {
  return {
    rental_id: row.rental_id,
    market: row.market,
    state: row.state,
    job_id: row.job_id,
    label: row.label,
    offer_id: row.offer_id,
    contract_id: row.contract_id,
    machine_id: row.machine_id,
    host_id: row.host_id,
    gpu_name: row.gpu_name,
    num_gpus: row.num_gpus,
    reliability: row.reliability,
    disk_gb: row.disk_gb,
    usd_hour: row.usd_hour,
    intent_at: row.intent_at,
    started_at: row.started_at,
    ready_at: row.ready_at,
    ended_at: row.ended_at,
    verified_at: row.verified_at,
    keep_until: row.keep_until,
    ...costOfRental(row, now),
    ended_because: row.ended_because,
    failure: row.failure_json === null ? null : (JSON.parse(row.failure_json) as Failure),
    boot_s: row.boot_s,
    download_mbps: row.download_mbps,
    promised_mbps: row.promised_mbps,
    tokens_per_s: row.tokens_per_s,
    model: row.model,
  };
}

export const toRentalRow = (row: RsRentalRow, now: EpochSeconds): RentalRow => ({
  ...toRental(row, now),
  gpu_total_ram: row.gpu_total_ram,
  backend_url: row.backend_url,
});

/** More is no difference between clocks: ours was set back since this was written. */
const BACK_S = 3600;

/** Kept, and still to be: nothing is kept longer because the clock was set back. */
export const isKept = (row: RsRentalRow, now: EpochSeconds): boolean =>
  row.state === 'kept' &&
  (row.keep_until ?? 0) > now &&
  Math.max(row.intent_at, row.ready_at ?? 0, row.seen_at ?? 0) <= now + BACK_S;

/** When one that was found absent had probably ended: a destroy that was accepted after it was last seen, else then. */
export const lastSignOf = (row: RsRentalRow): EpochSeconds =>
  Math.max(row.intent_at, row.ready_at ?? 0, row.seen_at ?? 0, row.destroy_at ?? row.closing_at ?? 0);
