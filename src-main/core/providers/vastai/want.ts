import type { BackendEndpoint, LlmBackend } from '#core/backends/backend.ts';
import type { Clock } from '#core/ports/ports.ts';
import type { Rentals } from '#core/vastai/seams.ts';
import type { RentalRequest } from '#shared/contract/requests.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { Market, Offer } from '#shared/model/offers.ts';
import type { LlmResourceProvider } from '../provider.ts';

/** What an order of offers is for. */
export interface RankedFor {
  readonly market: Market;
  readonly backend_type: BackendType;
  /** '' for the largest that fits each. */
  readonly model: string;
  readonly agent: string;
  /** In `dph_total`, in GB. */
  readonly disk_gb: number;
}

export interface VastaiDeps {
  readonly rentals: Rentals;
  readonly clock: Clock;
  settings(): Pick<Settings, 'offers'>;
  backend(endpoint: BackendEndpoint): LlmBackend;
  /** The same offers, the best first. */
  rank(offers: readonly Offer[], job: RankedFor): Promise<readonly Offer[]>;
}

/** What a job wants to have rented. */
export interface RentalWant {
  readonly job_id: string;
  readonly backend_type: BackendType;
  /** '' for the largest of the selector table that fits what is rented. */
  readonly model: string;
  readonly agent: string;
  readonly request: RentalRequest;
  /** One line on what is going on, for the board. */
  progress(message: string): void;
  /** What was rented is lost while the job uses it. */
  lost(failure: CodedError): void;
}

/** A machine on which a job's backend answers. */
export interface Rented {
  readonly rental_id: string;
  readonly contract_id: number;
  readonly endpoint: BackendEndpoint;
  readonly model: string;
}

/** A provider that rents; what it did can be asked for once it has provisioned. */
export interface RentedProvider extends LlmResourceProvider {
  /** Throws before `provision` has returned. */
  rented(): Rented;
  /** Its instance outlives the job, for `offers.keep_hours`. */
  keep(): void;
  /** The same backend; what it delivers is written into the ledger. */
  measured(backend: LlmBackend): LlmBackend;
}

/** Demo machines are of the demo market, and of no other. */
export const marketOf = (backendType: BackendType): Market => (backendType === 'demo' ? 'demo' : 'vastai');

/** Throws `request.invalid` for what no rented machine can serve. */
export function requireServable({ backend_type }: Pick<RentalWant, 'backend_type'>): void {
  if (backend_type !== 'ollama' && backend_type !== 'demo')
    throw new CodedError(
      'request.invalid',
      `provisioning: a rented machine runs an Ollama server, and backend_type is ${backend_type}. Take ollama, or demo for the demo market.`,
    );
}
