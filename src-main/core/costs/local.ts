import type { CostEstimateRequest } from '#shared/contract/requests.ts';
import { centralProbability, normalQuantile, Z_80 } from '#shared/lib/statistics/normal.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';

/**
 * The documented prior (docs/adr/0007): actual / projected is log-normal with median 1; each source of doubt adds
 * its variance. Replaced by measured residuals as soon as comparable history exists.
 */
const LOG_SIGMA = {
  /** A duration nobody measured: the 80 % interval spans a factor of 2.5 each way. */
  'duration (no history)': 0.7,
  /** A duration the caller gave. */
  'duration (given)': 0.25,
  /** A GPU draws its full power only part of the time. */
  'power draw': 0.2,
  /** Cooling and power supply losses. */
  PUE: 0.1,
} as const;

/** What a request leaves open. */
export interface EstimateDefaults {
  readonly tdp_watts: number;
  readonly energy_rate_kwh: number;
  /** True when the duration is a stated default and not the caller's own figure. */
  readonly durationIsPrior: boolean;
}

export interface LocalRates {
  readonly tdp_watts: number;
  readonly energy_rate_kwh: number;
  readonly purchase_price: Usd;
  readonly lifespan_years: number;
}

/** RUNE's formula, unrounded: energy plus the hardware's share, by time. */
export function localCost(rates: LocalRates, duration: Seconds): { readonly usd: Usd; readonly kwh: number } {
  const hours = duration / 3600;
  const kwh = (rates.tdp_watts / 1000) * hours;
  const share = rates.lifespan_years > 0 ? (rates.purchase_price / (rates.lifespan_years * 8760)) * hours : 0;
  return { usd: kwh * rates.energy_rate_kwh + share, kwh };
}

export function estimateLocal(request: CostEstimateRequest, defaults: EstimateDefaults): CostEstimate {
  // Clients send 0 for what they leave out.
  const rates: LocalRates = {
    tdp_watts: request.local_tdp_watts || defaults.tdp_watts,
    energy_rate_kwh: request.local_energy_rate_kwh || defaults.energy_rate_kwh,
    purchase_price: request.local_hardware_purchase_price,
    lifespan_years: request.local_hardware_lifespan_years,
  };
  const duration = request.estimated_duration_seconds || 3600;
  const { usd, kwh } = localCost(rates, duration);
  const names = [
    defaults.durationIsPrior ? 'duration (no history)' : 'duration (given)',
    'power draw',
    'PUE',
  ] as const;
  const drivers = names
    .map((name) => ({ name, log_sigma: LOG_SIGMA[name] }))
    .sort((a, b) => b.log_sigma - a.log_sigma);
  const sigma = Math.hypot(...drivers.map((driver) => driver.log_sigma));
  return {
    projected_cost_usd: usd,
    cost_driver: 'local',
    resource_impact: 'medium',
    local_energy_kwh: kwh,
    confidence_score: centralProbability(Math.log(1.25) / sigma),
    warning: null,
    cost_low_usd: usd * Math.exp(-Z_80 * sigma),
    cost_high_usd: usd * Math.exp(Z_80 * sigma),
    coverage: 0.8,
    basis:
      `${rates.tdp_watts} W at $${rates.energy_rate_kwh}/kWh for ${duration} s` +
      `${defaults.durationIsPrior ? ' (a stated default, no history yet)' : ''}; interval from the documented prior.`,
    drivers,
    intervals: [0.5, 0.8, 0.95].map((coverage) => {
      const z = normalQuantile((1 + coverage) / 2);
      return { coverage, low_usd: usd * Math.exp(-z * sigma), high_usd: usd * Math.exp(z * sigma) };
    }),
    rests_on: {
      price: {
        rate: { per: 'kwh', usd: rates.energy_rate_kwh, watts: rates.tdp_watts, share_usd_hour: 0 },
        source: 'given',
        as_of: null,
        title: `${rates.tdp_watts} W at $${rates.energy_rate_kwh}/kWh`,
        log_sigma: 0,
      },
      duration_seconds: {
        value: duration,
        source: defaults.durationIsPrior ? 'default' : 'given',
        n: 0,
        group: null,
      },
      tokens: null,
      doubt: { from: 'prior', n: 0, group: null },
    },
  };
}
