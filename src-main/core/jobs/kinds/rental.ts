import { budgetReached, watchCap } from '#core/costs/meter.ts';
import type { Run } from '#core/jobs/workflow.ts';
import type { RentedProvider } from '#core/providers/vastai/want.ts';
import type { RentalRequest } from '#shared/contract/requests.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import type { Services } from './services.ts';

/** Of the clock: destroying waits for its turn on the market, and is then looked after. */
const UNWIND_MS: Milliseconds = 120_000;
const METER_MS: Milliseconds = 1000;
/** A clock that runs faster is not read more often than this. */
const LEAST_METER_MS: Milliseconds = 50;

export interface RentalOf {
  readonly backend_type: BackendType;
  readonly model: string;
  readonly agent: string;
  readonly rental: RentalRequest;
}

/**
 * Runs `use` with a provider that rents, and tears it down whatever comes. Meanwhile the job's cost is what the ledger
 * says of its rentals; the budget's cap ends the job. Answers what `use` does, and what the rentals have cost.
 */
export async function withRental<T>(
  run: Pick<Run<unknown>, 'job_id' | 'spent' | 'stop' | 'signal' | 'progress' | 'unwindsWithin'>,
  services: Pick<Services, 'clock' | 'capOf' | 'rent' | 'rentalCost'>,
  { backend_type, model, agent, rental }: RentalOf,
  use: (provider: RentedProvider) => Promise<T>,
): Promise<{ readonly value: T; readonly usd: Usd }> {
  const { job_id, progress, stop: lost } = run;
  const provider = services.rent({ job_id, backend_type, model, agent, request: rental, progress, lost });
  run.unwindsWithin(UNWIND_MS);
  const spent = (): Usd => {
    const usd = services.rentalCost(job_id) ?? 0;
    run.spent({ usd, basis: 'metered' });
    return usd;
  };
  const meter = startMeter(run, services, spent);
  try {
    const value = await use(provider).finally(() =>
      provider.teardown().catch(() => {
        // Its span says so, and the ledger goes on with it; a failed teardown never replaces the job's own outcome.
      }),
    );
    return { value, usd: spent() };
  } catch (thrown) {
    spent();
    throw thrown;
  } finally {
    meter.stop();
  }
}

function startMeter(
  run: Pick<Run<unknown>, 'job_id' | 'stop' | 'signal'>,
  { clock, capOf }: Pick<Services, 'clock' | 'capOf'>,
  spent: () => Usd,
): { stop(): void } {
  const reached = watchCap(() => capOf(run.job_id), clock);
  const timer = setInterval(
    () => {
      try {
        const usd = spent();
        const cap = reached(usd);
        if (cap !== null && !run.signal.aborted) run.stop(budgetReached(usd, cap));
      } catch {
        // A store that cannot be read now is read a second later; the end reads it once more, and there it counts.
      }
    },
    Math.max(LEAST_METER_MS, METER_MS / (clock.speed ?? 1)),
  );
  return { stop: () => clearInterval(timer) };
}
