import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Usd } from '#shared/model/units.ts';
import type { Markets, Rentals } from '../seams.ts';

export interface RentalsDeps {
  readonly db: Db;
  /** False in an engine that only reads: it lists, and destroys nothing. */
  readonly writable: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly markets: Markets;
  /** What the rentals of a job that is over have cost by now. */
  onCost(jobId: string, usd: Usd): void;
}

export function createRentals(_deps: RentalsDeps): Rentals {
  return {
    ledger: {},
    markets: _deps.markets,
    status: () => ({ running: 0, usd_hour: 0, strays: [], checked_at: null, trouble: null }),
    start: () => {},
    dispose: async () => {},
  } as unknown as Rentals;
}
