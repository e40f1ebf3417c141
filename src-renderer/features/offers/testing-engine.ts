import type { Answers } from '#renderer/client/testing.ts';
import type { OffersQuery } from '#shared/contract/offers.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { modelTable } from '#shared/model/model-fit.ts';
import type { OffersAnswer } from '#shared/model/offers.ts';
import { offerWith, syntheticOffers } from '#shared/model/testing.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { madeAnswer, madeHistory, pricedOffers } from './testing.ts';

const LONG = `${'Saint-Jean-sur-Richelieu-les-Bains '.repeat(6)}, CA`;
/** Three hundred, and three whose fate is known: a long place, too small for any model, hidden by a default. */
export const MARKET = pricedOffers([
  ...syntheticOffers(300),
  offerWith({ id: 1, gpu_name: 'RTX 4090', geolocation: LONG, dph_total: 3.2 }),
  offerWith({ id: 2, gpu_ram: 4000, gpu_total_ram: 4000 }),
  offerWith({ id: 3, external: true, dph_total: 0.01 }),
]);

/** What the stand-in engine knows; a test may change it. */
export interface OffersWorld {
  readonly now: EpochSeconds;
  answer: OffersAnswer;
  blocked: { readonly blocked_hosts: readonly number[]; readonly blocked_machines: readonly number[] };
}

/** The demo market's offers, asked for 45 s ago; nothing is blocked. */
export const madeWorld = (now: EpochSeconds): OffersWorld => ({
  now,
  answer: { ...madeAnswer(now - 45), offers: MARKET },
  blocked: { blocked_hosts: [], blocked_machines: [] },
});

/** What an engine answers about offers. */
export const offersAnswers = (world: OffersWorld): Answers => ({
  'offers.market': () => ({
    market: world.answer.market,
    has_key: world.answer.market === 'vastai',
    base_url: null,
  }),
  'offers.search': ({ model, max_age_s }: OffersQuery) => ({
    ...world.answer,
    offers: model === '' ? world.answer.offers : pricedOffers(world.answer.offers, model),
    job: { ...world.answer.job, model },
    searched_at: max_age_s === 0 ? Date.now() / 1000 : world.answer.searched_at,
  }),
  'offers.history': ({ gpu_name }: { readonly gpu_name: readonly string[] }) =>
    madeHistory(world.now, gpu_name[0] ?? ''),
  'offers.models': () => modelTable([]),
  'offers.quote': ({ offer_id }: { readonly offer_id: number }) => ({
    offer: { ...world.answer.offers.find(({ id }) => id === offer_id), dph_total: 9.99 },
    quoted_at: Date.now() / 1000,
  }),
  'agents.list': () => [{ name: 'holmes' }, { name: 'prompt' }],
  'settings.get': () => ({ ...settingsSchema.parse({}), offers: world.blocked }),
  'settings.set': (settings: { readonly offers: OffersWorld['blocked'] }) => {
    world.blocked = settings.offers;
    return settings;
  },
  'rentals.status': () => ({ running: 0, usd_hour: 0, strays: [], checked_at: world.now, trouble: null }),
  'rentals.list': () => ({
    rentals: [],
    total: 0,
    running: 0,
    usd_hour: 0,
    strays: [],
    checked_at: world.now,
    trouble: null,
  }),
  'rentals.machines': () => [],
  'jobs.list': () => ({ jobs: [], total: 0 }),
  'jobs.facets': () => ({}),
});
