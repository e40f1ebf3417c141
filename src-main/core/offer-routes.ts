import type { ImplementerInternalWithMiddlewares } from '@orpc/server';
import type { offersContract, rentalsContract } from '#shared/contract/offers.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Offers } from './offers/seams.ts';
import type { Rentals } from './vastai/seams.ts';

export interface OfferDeps {
  readonly offers: Offers;
  readonly rentals: Rentals;
}

const NEVER = new AbortController().signal;
type NoContext = Record<never, never>;

/** The contract's offers over the market. */
export function offerRoutes(
  os: ImplementerInternalWithMiddlewares<typeof offersContract, NoContext, NoContext>,
  { offers, rentals }: OfferDeps,
) {
  return {
    market: os.market.handler(async () => {
      const { markets } = rentals;
      const market = await markets.usual();
      return { market, has_key: await markets.hasKey(), base_url: markets.baseUrl(market) };
    }),
    search: os.search.handler(({ input, signal }) => offers.search(input, signal ?? NEVER)),
    latest: os.latest.handler(({ input }) => offers.latest(input)),
    quote: os.quote.handler(({ input, signal }) => offers.quote(input, signal ?? NEVER)),
    history: os.history.handler(({ input }) => offers.history(input)),
    models: os.models.handler(() => offers.models()),
  };
}

/** The contract's rentals over the ledger. */
export function rentalRoutes(
  os: ImplementerInternalWithMiddlewares<typeof rentalsContract, NoContext, NoContext>,
  { rentals }: Pick<OfferDeps, 'rentals'>,
) {
  const { ledger } = rentals;
  return {
    list: os.list.handler(({ input }) => ({ ...ledger.list(input), ...rentals.status() })),
    status: os.status.handler(() => rentals.status()),
    get: os.get.handler(({ input }) => {
      const row = ledger.get(input.rental_id);
      if (row === null)
        throw new CodedError('rental.not_found', `The ledger has no rental ${input.rental_id}.`);
      return row;
    }),
    destroy: os.destroy.handler(({ input }) =>
      'rental_id' in input
        ? rentals.end(input.rental_id, 'destroyed by the user', input.wait_s * 1000)
        : rentals.destroyStray(input.market, input.contract_id, input.wait_s * 1000),
    ),
    reconcile: os.reconcile.handler(({ signal }) => rentals.reconcile(signal ?? NEVER)),
    machines: os.machines.handler(() => ledger.machines()),
  };
}
