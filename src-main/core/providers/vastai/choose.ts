import { span } from '#core/telemetry/span.ts';
import type { VastClient } from '#core/vastai/seams.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import { hiddenBy, violationsOf } from '#shared/model/offer-filter.ts';
import type { MarketDefaults, Offer, OfferFilter } from '#shared/model/offers.ts';
import type { Usd } from '#shared/model/units.ts';
import type { ModelChoice, ModelFor } from './model-for.ts';
import { marketOf, type RentalWant, type VastaiDeps } from './want.ts';

/** An offer to be tried, with what would run on it. `offer.dph_total` has its disk in it. */
export interface Candidate extends ModelFor {
  readonly offer: Offer;
  /** How much of its disk is in `offer.dph_total`. */
  readonly priced_disk_gb: number;
}

type Filter = Omit<OfferFilter, 'defaults'>;

/** What the market's own clients hide; a filter does not rent it, naming an offer does. */
const DEFAULTS: MarketDefaults = { verified: true, not_external: true, rentable: true, not_rented: true };

const limit = (min: number, max: number) => ({
  ...(min > 0 && { min }),
  ...(max > 0 && { max }),
});

/** What an offer must be. Of one that is named, a higher price and a model that does not fit are told otherwise. */
export function filterOf({ request }: Pick<RentalWant, 'request'>, { least }: ModelChoice): Filter {
  const { min_dph, max_dph, reliability, gpu_name, offer_id } = request;
  const named = offer_id !== undefined;
  return {
    type: 'ondemand',
    ...(gpu_name !== undefined && gpu_name.length > 0 && { gpu_name }),
    ranges: {
      dph_total: limit(min_dph, named ? 0 : max_dph),
      reliability: limit(reliability, 0),
      direct_port_count: { min: 1 },
      ...(!named && {
        disk_space: { min: least.disk_gb },
        ...(least.vram_mb !== null && { gpu_total_ram: { min: least.vram_mb } }),
      }),
    },
  };
}

export const isBlocked = (
  { host_id, machine_id }: Pick<Offer, 'host_id' | 'machine_id'>,
  { offers }: Pick<Settings, 'offers'>,
): boolean =>
  (host_id !== null && offers.blocked_hosts.includes(host_id)) ||
  (machine_id !== null && offers.blocked_machines.includes(machine_id));

/** Searches, checks every filter again, and puts what is left in order. Throws `provider.no_offer` for nothing. */
export function chooseOffers(
  deps: VastaiDeps,
  want: RentalWant,
  models: ModelChoice,
  client: VastClient,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const { min_dph, max_dph, reliability, offer_id } = want.request;
  const asked = { min_dph, max_dph, reliability, ...(offer_id !== undefined && { offer_id }) };
  return span('vastai.offer_search', asked, async (handle) => {
    const filter = filterOf(want, models);
    const priced_disk_gb = models.least.disk_gb;
    // Of one that is named, we want to know why it is not what was asked for.
    const sent: Filter = offer_id === undefined ? filter : { type: 'ondemand' };
    const page = await client.search({ filter: sent, allocated_storage: priced_disk_gb, offer_id }, signal);
    const offers = offer_id === undefined ? page.offers : page.offers.filter(({ id }) => id === offer_id);
    const left = sift(offers, filter, want, models, deps.settings());
    handle.set('offers', page.offers.length);
    handle.set('violating', left.violating);
    handle.set('hidden', left.hidden);
    handle.set('blocked', left.blocked);
    handle.set('unfit', left.unfit);
    handle.set('truncated', page.truncated);
    if (left.offers.length === 0)
      throw offer_id === undefined ? noOffer(left, page.offers.length) : notThis(offer_id, offers[0], left);
    const { backend_type, agent } = want;
    const ranked = await deps.rank(left.offers, {
      market: marketOf(backend_type),
      backend_type,
      model: want.model,
      agent,
      disk_gb: priced_disk_gb,
    });
    handle.set('chosen', ranked[0]?.id ?? null);
    return ranked.flatMap((offer) => {
      const runs = models.on(offer);
      return runs === null ? [] : [{ offer, priced_disk_gb, ...runs }];
    });
  });
}

interface Sifted {
  readonly offers: readonly Offer[];
  readonly violating: number;
  readonly hidden: number;
  readonly blocked: number;
  readonly unfit: number;
  /** Of the last that was left out. */
  readonly because: string;
}

function sift(
  offers: readonly Offer[],
  filter: Filter,
  { request }: RentalWant,
  models: ModelChoice,
  settings: Pick<Settings, 'offers'>,
): Sifted {
  const left: Offer[] = [];
  const out = { violating: 0, hidden: 0, blocked: 0, unfit: 0 };
  let because = '';
  for (const offer of offers) {
    const [violation] = violationsOf(offer, filter);
    if (violation !== undefined) {
      out.violating++;
      because = violation.message;
    } else if (request.offer_id === undefined && hiddenBy(offer, DEFAULTS)) out.hidden++;
    else if (isBlocked(offer, settings)) {
      out.blocked++;
      because = 'its host or machine is on your list of those that are never rented';
    } else if (models.on(offer) === null) {
      out.unfit++;
      because = models.because(offer);
    } else left.push(offer);
  }
  return { ...out, offers: left, because };
}

function noOffer({ violating, hidden, blocked, unfit }: Sifted, found: number): CodedError {
  const out = [
    violating > 0 && `${violating} are not what was asked for`,
    hidden > 0 && `${hidden} are unverified, external or taken`,
    blocked > 0 && `${blocked} are of blocked hosts`,
    unfit > 0 && `${unfit} are too small for the model`,
  ].filter((part) => part !== false);
  return new CodedError(
    'provider.no_offer',
    `No offer can be rented: the market sent ${found}${out.length === 0 ? '' : `, and of these ${out.join(', ')}`}. Raise max_dph, lower reliability, or take a smaller model. Nothing was spent.`,
    { retryable: true },
  );
}

function notThis(offerId: number, offer: Offer | undefined, { unfit, because }: Sifted): CodedError {
  if (offer === undefined) return taken(offerId);
  return unfit > 0
    ? new CodedError(
        'provider.model_does_not_fit',
        `Offer ${offerId} cannot run it: ${because}. Take a smaller model, or another offer. Nothing was spent.`,
      )
    : new CodedError('provider.no_offer', `Offer ${offerId} is not rented: ${because}. Nothing was spent.`);
}

export const taken = (offerId: number): CodedError =>
  new CodedError(
    'vastai.offer_taken',
    `Offer ${offerId} is gone: somebody else has rented it, or its host took it back. Choose another in Offers, or leave offer_id out. Nothing was spent.`,
    { retryable: true },
  );

/** Hours of a month as the market bills storage: 365 x 24 / 12. */
const MONTH_HOURS = 730;

/** USD per hour with the disk that is rented; the search was priced with another. */
export const hourlyPrice = ({ offer, disk_gb, priced_disk_gb }: Candidate): Usd =>
  offer.dph_total + ((disk_gb - priced_disk_gb) * (offer.storage_cost ?? 0)) / MONTH_HOURS;
