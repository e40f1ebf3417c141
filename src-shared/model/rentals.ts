import type { Failure } from './failure.ts';
import type { Market } from './offers.ts';
import type { EpochSeconds, Seconds, Usd } from './units.ts';

/**
 * intent: written before the market is asked · created: a contract is known · running: its container is up ·
 * ready: its backend has answered · kept: its job is over and it stays until `keep_until` · closing: to be destroyed,
 * and not yet seen gone · gone: seen absent · refused: the market made no contract.
 */
export const RENTAL_STATES = [
  'intent',
  'created',
  'running',
  'ready',
  'kept',
  'closing',
  'gone',
  'refused',
] as const;
export type RentalState = (typeof RENTAL_STATES)[number];

/** What the market said of a machine, and what we measured on it. Null: not measured. */
export interface Delivery {
  readonly boot_s: Seconds | null;
  /** Mbit/s. */
  readonly download_mbps: number | null;
  readonly promised_mbps: number | null;
  readonly tokens_per_s: number | null;
  readonly model: string | null;
}

/** One row of the ledger. */
export interface Rental extends Delivery {
  readonly rental_id: string;
  readonly market: Market;
  readonly state: RentalState;
  /** The latest job that used it. */
  readonly job_id: string;
  /** On the market: `rune-<job_id>.<n>`. */
  readonly label: string;
  readonly offer_id: number;
  readonly contract_id: number | null;
  readonly machine_id: number | null;
  readonly host_id: number | null;
  readonly gpu_name: string;
  readonly num_gpus: number;
  readonly reliability: number | null;
  readonly disk_gb: number;
  /** With its storage. */
  readonly usd_hour: Usd;
  readonly intent_at: EpochSeconds;
  /** Since when it is billed. */
  readonly started_at: EpochSeconds | null;
  readonly ready_at: EpochSeconds | null;
  /** Destroyed, or lost. */
  readonly ended_at: EpochSeconds | null;
  /** Seen absent by us: an API error is not "gone". */
  readonly verified_at: EpochSeconds | null;
  readonly keep_until: EpochSeconds | null;
  /** By our own reckoning while it runs; the market's bill as soon as there is one. */
  readonly cost_usd: Usd | null;
  readonly cost_from: 'bill' | 'clock' | 'none';
  readonly ended_because: string | null;
  readonly failure: Failure | null;
}

/** An instance on the market that should not be there. */
export interface Stray {
  readonly market: Market;
  readonly contract_id: number;
  readonly label: string | null;
  readonly gpu_name: string | null;
  readonly usd_hour: Usd | null;
  readonly started_at: EpochSeconds | null;
  readonly status: string | null;
  /** `ours`: the ledger says that it should be gone; `labelled`: it bears our mark and the ledger does not know it. */
  readonly kind: 'ours' | 'labelled';
}

export interface RentalStatus {
  /** Rented now, as the ledger has it. */
  readonly running: number;
  readonly usd_hour: Usd;
  readonly strays: readonly Stray[];
  /** When the market was last asked what exists; null: not yet. */
  readonly checked_at: EpochSeconds | null;
  /** Why it could not be asked. */
  readonly trouble: Failure | null;
}

export interface RentalsAnswer extends RentalStatus {
  readonly rentals: readonly Rental[];
  readonly total: number;
}

export interface DestroyAnswer {
  readonly contract_id: number | null;
  /** Seen absent. */
  readonly gone: boolean;
  readonly message: string;
}

export interface ReconcileReport extends RentalStatus {
  readonly market: Market;
  /** Instances the market lists that bear our mark. */
  readonly listed: number;
  /** Contracts that an ambiguous create had made, and that are now known. */
  readonly adopted: number;
  readonly destroyed: number;
  readonly settled: number;
}

/** Promised against delivered, by machine. Medians over its rentals. */
export interface MachineRecord extends Delivery {
  readonly market: Market;
  readonly machine_id: number;
  readonly host_id: number | null;
  readonly gpu_name: string;
  readonly rentals: number;
  /** Rentals that never answered, or were lost. */
  readonly failed: number;
  readonly usd: Usd;
  readonly last_at: EpochSeconds;
}
