import { countryOf, hiddenBy, NO_DEFAULTS, violationsOf } from '#shared/model/offer-filter.ts';
import { becauseOf, type FrontAxes, isEligible, offerFront } from '#shared/model/offer-front.ts';
import { matcherOf } from '#shared/model/offer-match.ts';
import type { MarketDefaults, PricedOffer } from '#shared/model/offers.ts';
import { DEFAULT_NAMES, filterOf, type OffersView } from './offers-url.ts';

/** Why offers are not among those that may be rented, each for its first reason. */
export interface LeftOut {
  readonly filtered: number;
  /** Only the market's defaults hide them. */
  readonly hidden: number;
  readonly blocked: number;
  readonly unfit: number;
}

export interface Listing {
  readonly all: readonly PricedOffer[];
  readonly byId: ReadonlyMap<number, PricedOffer>;
  /** What was asked for and may be rented. */
  readonly shown: readonly PricedOffer[];
  readonly out: readonly PricedOffer[];
  readonly leftOut: LeftOut;
  readonly front: ReadonlySet<number>;
  /** By id: the one of the front that is at least as good in all. */
  readonly better: ReadonlyMap<number, PricedOffer>;
}

export const verificationOf = ({ verification }: PricedOffer): string => verification ?? 'unknown';

const searched = (offer: PricedOffer): string =>
  [offer.gpu_name, offer.geolocation, offer.verification, offer.id, offer.machine_id, offer.host_id]
    .join(' ')
    .toLowerCase();

/** Whether an offer holds every word, in whatever field. */
function holder(text: string): (offer: PricedOffer) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (offer) => {
    if (words.length === 0) return true;
    const all = searched(offer);
    return words.every((word) => all.includes(word));
  };
}

type Part = 'gpu' | 'country' | 'verification';

/** Everything that narrows, other than the parts that are named and what the market hides. */
function asked(
  view: OffersView,
  without: Part | null,
  defaults: MarketDefaults,
): (offer: PricedOffer) => boolean {
  const matches = matcherOf({
    ...filterOf(view),
    defaults,
    ...(without === 'gpu' ? { gpu_name: [] } : {}),
    ...(without === 'country' ? { country: [] } : {}),
  });
  const holds = holder(view.text);
  const kinds = without === 'verification' ? [] : view.verification;
  return (offer) =>
    matches(offer) && holds(offer) && (kinds.length === 0 || kinds.includes(verificationOf(offer)));
}

/** The same offers, blocked as the settings are now. */
export function withBlocks(
  offers: readonly PricedOffer[],
  blocks:
    | { readonly blocked_hosts: readonly number[]; readonly blocked_machines: readonly number[] }
    | undefined,
): readonly PricedOffer[] {
  if (blocks === undefined) return offers;
  const [hosts, machines] = [new Set(blocks.blocked_hosts), new Set(blocks.blocked_machines)];
  return offers.map((offer) => {
    const blocked =
      offer.machine_id !== null && machines.has(offer.machine_id)
        ? 'machine'
        : offer.host_id !== null && hosts.has(offer.host_id)
          ? 'host'
          : null;
    return blocked === offer.blocked ? offer : { ...offer, blocked };
  });
}

/** What of the market is what was asked for, and what of that nothing beats. */
export function listOffers(all: readonly PricedOffer[], view: OffersView, axes: FrontAxes): Listing {
  const matches = asked(view, null, NO_DEFAULTS);
  const shown: PricedOffer[] = [];
  const out: PricedOffer[] = [];
  const leftOut = { filtered: 0, hidden: 0, blocked: 0, unfit: 0 };
  for (const offer of all) {
    if (matches(offer) && !hiddenBy(offer, view.defaults) && isEligible(offer)) {
      shown.push(offer);
      continue;
    }
    out.push(offer);
    if (!matches(offer) || offer.violations.length > 0) leftOut.filtered++;
    else if (hiddenBy(offer, view.defaults)) leftOut.hidden++;
    else if (offer.blocked !== null) leftOut.blocked++;
    else leftOut.unfit++;
  }
  const { front, dominatedBy } = offerFront(shown, axes);
  const better = new Map<number, PricedOffer>();
  for (const [i, by] of dominatedBy.entries()) {
    const [offer, dominating] = [shown[i], shown[by]];
    if (offer !== undefined && dominating !== undefined) better.set(offer.id, dominating);
  }
  return {
    all,
    byId: new Map(all.map((offer) => [offer.id, offer])),
    shown,
    out,
    leftOut,
    front: new Set([...front].flatMap((i) => shown[i]?.id ?? [])),
    better,
  };
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** Values with how many offers have each, were this part of the filter not there; the most frequent first. */
export function facetOf(all: readonly PricedOffer[], view: OffersView, part: Part): readonly Facet[] {
  const matches = asked(view, part, view.defaults);
  const counts = new Map<string, number>();
  for (const offer of all) {
    const value =
      part === 'gpu'
        ? offer.gpu_name
        : part === 'country'
          ? countryOf(offer.geolocation)
          : verificationOf(offer);
    if (value === null) continue;
    counts.set(value, (counts.get(value) ?? 0) + (matches(offer) ? 1 : 0));
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value, 'en', { numeric: true }));
}

/** How many of what was asked for each default of the market hides, whatever the others do. */
export function hiddenCounts(
  all: readonly PricedOffer[],
  view: OffersView,
): Readonly<Record<keyof MarketDefaults, number>> {
  const matches = asked(view, null, NO_DEFAULTS);
  const counts = { verified: 0, not_external: 0, rentable: 0, not_rented: 0 };
  for (const offer of all) {
    if (!matches(offer)) continue;
    for (const name of DEFAULT_NAMES) if (hiddenBy(offer, ONLY[name])) counts[name]++;
  }
  return counts;
}

/** Each default by itself. */
const ONLY: Readonly<Record<keyof MarketDefaults, MarketDefaults>> = {
  verified: { ...NO_DEFAULTS, verified: true },
  not_external: { ...NO_DEFAULTS, not_external: true },
  rentable: { ...NO_DEFAULTS, rentable: true },
  not_rented: { ...NO_DEFAULTS, not_rented: true },
};

const HIDDEN_BECAUSE: Readonly<Record<keyof MarketDefaults, string>> = {
  verified: 'it is not verified',
  not_external: 'it is listed for another market',
  rentable: 'it cannot be rented now',
  not_rented: 'it is rented to somebody',
};

/** Why an offer is none of those that may be rented; empty where it is one. */
export function reasonsOf(offer: PricedOffer, view: OffersView): readonly string[] {
  const { defaults, ...filter } = filterOf(view);
  const own = violationsOf(offer, filter);
  const messages = own.map(({ message }) => message);
  return [
    ...messages,
    ...offer.violations.map(({ message }) => message).filter((message) => !messages.includes(message)),
    ...(view.verification.length > 0 && !view.verification.includes(verificationOf(offer))
      ? [`${verificationOf(offer)} is none of ${view.verification.join(', ')}`]
      : []),
    ...(holder(view.text)(offer) ? [] : [`it does not hold “${view.text}”`]),
    ...DEFAULT_NAMES.filter((name) => defaults[name] && hiddenBy(offer, ONLY[name])).map(
      (name) => HIDDEN_BECAUSE[name],
    ),
    ...(offer.blocked === null ? [] : [`its ${offer.blocked} is blocked`]),
    ...(offer.fit === null
      ? offer.models.length === 0
        ? ['no model of the table fits']
        : []
      : offer.fit.fits
        ? []
        : [`${offer.fit.model} ${offer.fit.because ?? 'does not fit'}`]),
  ];
}

/** Why an offer is not on the front, in a sentence; null where it is. */
export function whyNot(offer: PricedOffer, listing: Listing, view: OffersView): string | null {
  if (listing.front.has(offer.id)) return null;
  const better = listing.better.get(offer.id);
  if (better !== undefined)
    return `Dominated by #${better.id} because: ${becauseOf(offer, better, { x: view.x, y: view.y })}.`;
  const reasons = reasonsOf(offer, view);
  if (reasons.length > 0) return `Left out: ${reasons.join('; ')}.`;
  return 'Not on the front: one of the figures it is judged by is not known.';
}
