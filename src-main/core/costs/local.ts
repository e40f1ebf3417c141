import type { Settings } from '#shared/contract/settings.ts';
import type { PriceUsed } from '#shared/model/estimate.ts';
import type { PriceWanted } from './seams.ts';

/** Hours of a year as RUNE writes hardware off: used all the time. */
const YEAR_HOURS = 8760;

/** What own hardware costs by the hour: the caller's figures exactly, the settings' where a client sent 0 or none. */
export function localPrice(
  wanted: Omit<Extract<PriceWanted, { kind: 'local' }>, 'kind'>,
  settings: Settings['local_cost'],
): PriceUsed {
  const { tdp_watts = 0, energy_rate_kwh = 0, purchase_price = 0, lifespan_years = 0 } = wanted;
  return {
    rate: {
      per: 'kwh',
      usd: energy_rate_kwh || settings.energy_rate_kwh,
      watts: tdp_watts || settings.tdp_watts,
      share_usd_hour: lifespan_years > 0 ? purchase_price / (lifespan_years * YEAR_HOURS) : 0,
    },
    source: tdp_watts > 0 || energy_rate_kwh > 0 ? 'given' : 'override',
    as_of: null,
    title: '',
    log_sigma: 0,
  };
}
