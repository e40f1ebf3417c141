import { describe, expect, it } from 'vitest';
import { costEstimateRequest } from '#shared/contract/requests.ts';
import { estimateCost } from './estimate.ts';
import { localCost } from './local.ts';

const DEFAULTS = { tdp_watts: 300, energy_rate_kwh: 0.15, durationIsPrior: false };

describe('the local cost estimate', () => {
  it("is RUNE's formula without its rounding", () => {
    const rates = { tdp_watts: 350, energy_rate_kwh: 0.2, purchase_price: 8760, lifespan_years: 4 };
    const { usd, kwh } = localCost(rates, 7200);
    expect(kwh).toBeCloseTo(0.7, 12);
    expect(usd).toBeCloseTo(0.7 * 0.2 + (8760 / (4 * 8760)) * 2, 12);
    expect(localCost({ ...rates, lifespan_years: 0 }, 7200).usd).toBeCloseTo(0.14, 12);
    expect(
      localCost({ ...rates, purchase_price: 0, tdp_watts: 300, energy_rate_kwh: 0.15 }, 41).usd,
    ).toBeCloseTo(0.0005125, 12);
  });

  it('uses the caller’s values and falls back where a client sent zero', () => {
    const given = costEstimateRequest.parse({
      local_hardware: true,
      local_tdp_watts: 500,
      estimated_duration_seconds: 3600,
    });
    expect(estimateCost(given, DEFAULTS).projected_cost_usd).toBeCloseTo(0.5 * 0.15, 12);
    const zeros = costEstimateRequest.parse({ local_hardware: true, estimated_duration_seconds: 0 });
    expect(estimateCost(zeros, DEFAULTS).local_energy_kwh).toBeCloseTo(0.3, 12);
  });

  it('is less sure, and wider, about a duration that nobody gave', () => {
    const request = costEstimateRequest.parse({ local_hardware: true });
    const given = estimateCost(request, DEFAULTS);
    const prior = estimateCost(request, { ...DEFAULTS, durationIsPrior: true });
    expect(prior.confidence_score).toBeLessThan(given.confidence_score);
    expect(prior.cost_high_usd ?? 0).toBeGreaterThan(given.cost_high_usd ?? 0);
    expect(prior.confidence_score).toBeGreaterThan(0.1);
    expect(given.confidence_score).toBeLessThan(0.95);
    expect(given.cost_low_usd).toBeLessThan(given.projected_cost_usd ?? 0);
  });

  it('refuses to guess where it has no prices, and says that unknown is not zero', () => {
    const cloud = costEstimateRequest.parse({ aws: true });
    expect(() => estimateCost(cloud, DEFAULTS)).toThrow(
      expect.objectContaining({ code: 'cost.provider_unavailable' }),
    );
    const none = costEstimateRequest.parse({});
    expect(() => estimateCost(none, DEFAULTS)).toThrow(expect.objectContaining({ code: 'cost.no_provider' }));
  });
});
