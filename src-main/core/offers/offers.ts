import type { CostHistory } from '#core/costs/seams.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Markets } from '#core/vastai/seams.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { Offers } from './seams.ts';

export interface OffersDeps {
  readonly db: Db;
  /** False in an engine that only reads: no snapshot is kept. */
  readonly writable: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly markets: Markets;
  readonly history: CostHistory;
  settings(): Settings;
}

export function createOffers(_deps: OffersDeps): Offers {
  return {} as Offers;
}
