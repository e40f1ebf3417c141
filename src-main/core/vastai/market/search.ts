import { z } from 'zod';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Asks, Held } from './asks.ts';
import { toOffer, type WireOffer } from './offer-wire.ts';
import { parseConditions, parseOrder } from './query.ts';
import { invalidArgs } from './refusal.ts';

const DEFAULT_LIMIT = 64;
const DEFAULT_STORAGE_GB = 8;
const TYPES = ['ondemand', 'on-demand', 'bid', 'interruptible', 'reserved'] as const;

const wish = z.looseObject({
  type: z.enum(TYPES).default('ondemand'),
  order: z.unknown().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_LIMIT),
  allocated_storage: z.coerce.number().min(0).max(1_000_000).default(DEFAULT_STORAGE_GB),
});
/** Accepted and without effect, as there. */
const IGNORED = new Set(['disable_bundling', 'extra_ids', 'resource_type', 'show_unavailable', 'rented']);

/** Answers a search whose body holds filters beside its settings. A filter of `rented` is dropped, as there. */
export function searchOffers(
  body: Readonly<Record<string, unknown>>,
  asks: Asks,
  held: Held,
  now: EpochSeconds,
): { readonly offers: readonly WireOffer[]; readonly truncated: boolean } {
  const parsed = wish.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidArgs(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { type, order, limit, allocated_storage, ...rest } = parsed.data;
  const bid = type === 'bid' || type === 'interruptible';
  const filters = Object.fromEntries(Object.entries(rest).filter(([field]) => !IGNORED.has(field)));
  const known = fieldsOf(asks, now);
  const meets = parseConditions(filters, (field) => known.has(field));
  const compare = parseOrder(order ?? [['score', 'desc']], (field) => known.has(field));
  const found: WireOffer[] = [];
  for (const ask of asks.all) {
    const standing = asks.standing(ask, held, now);
    if (standing === 'taken') continue;
    const offer = toOffer(ask, standing, { prices: asks.prices, now, bid, storage: allocated_storage });
    if (offer !== null && meets({ ...offer, verified: offer.verification === 'verified' })) found.push(offer);
  }
  found.sort(compare);
  return { offers: found.slice(0, limit), truncated: found.length > limit };
}

/** What can be asked for: every field of an offer that has none missing, and what only filters know. */
function fieldsOf(asks: Asks, now: EpochSeconds): ReadonlySet<string> {
  const [ask] = asks.all;
  if (ask === undefined) return new Set();
  const whole = toOffer({ ...ask, oddity: null }, 'free', {
    prices: asks.prices,
    now,
    bid: false,
    storage: 0,
  });
  return new Set(['verified', ...Object.keys(whole ?? {})]);
}
