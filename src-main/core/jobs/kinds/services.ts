import type { AgentRunner } from '#core/agents/agent.ts';
import type { BackendEndpoint, LlmBackend } from '#core/backends/backend.ts';
import type { Budget } from '#core/costs/budget.ts';
import type { Estimator } from '#core/costs/estimate.ts';
import type { Gate } from '#core/costs/gate.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import type { Clock } from '#core/ports/ports.ts';
import type { LlmResourceProvider } from '#core/providers/provider.ts';
import type { RentalWant, RentedProvider } from '#core/providers/vastai/want.ts';
import type { RequestOf } from '#shared/contract/requests.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { BackendType, JobKind } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';

/** The layers below the job engine, as the workflows use them. */
export interface Services {
  readonly clock: Clock;
  settings(): Settings;
  /**
   * Where a backend is: the request's URL, else the settings' server of that type, else, with `orDefault`, the
   * type's usual address on this machine. Null when none of them says.
   */
  endpoint(
    request: {
      readonly backend_type: BackendType;
      readonly backend_url: string | null;
      /** Instead of the saved backend's. */
      readonly api_key_secret?: string | null | undefined;
    },
    orDefault: boolean,
  ): Promise<BackendEndpoint | null>;
  backend(endpoint: BackendEndpoint): LlmBackend;
  provider(endpoint: BackendEndpoint): LlmResourceProvider;
  /** Throws `request.invalid` for what no rented machine can serve. */
  rent(want: RentalWant): RentedProvider;
  /** What a job's rentals have cost until now; null: it has rented nothing. */
  rentalCost(jobId: string): Usd | null;
  agent(name: string): Promise<AgentRunner>;
  /** The attestation driver that the environment names; null: none. */
  readonly attestation: string | null;
  /** What a job is paid for, by the settings as they are now; null: nothing is. */
  planOf<K extends JobKind>(kind: K, request: RequestOf[K]): CostPlan | null;
  /** What jobs will probably cost. */
  readonly estimator: Estimator;
  readonly gate: Gate;
  readonly capOf: Budget['capOf'];
}
