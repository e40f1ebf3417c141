import { describe, expect, it } from 'vitest';
import { actualCost, rentalCost } from './actual.ts';
import { localPrice } from './local.ts';
import { tokensOf } from './tokens.ts';

const SETTINGS = { tdp_watts: 300, energy_rate_kwh: 0.15 };
const seconds = (duration_seconds: number) => ({ duration_seconds, tokens: null });

describe('what a job on own hardware costs', () => {
  it("is RUNE's formula without its rounding: 41 s at 300 W are no zero", () => {
    const { rate } = localPrice({}, SETTINGS);
    // 0.3 kW x 41/3600 h x 0.15 $/kWh
    expect(actualCost(rate, seconds(41))).toEqual({
      usd: expect.closeTo(0.0005125, 15),
      basis: 'hardware-derived',
    });
  });

  it("takes the caller's figures exactly, and the settings' where a client sent 0", () => {
    const given = localPrice(
      { tdp_watts: 350, energy_rate_kwh: 0.2, purchase_price: 8760, lifespan_years: 4 },
      SETTINGS,
    );
    // 0.7 kWh x 0.20 + 8760 / (4 x 8760) x 2 h
    expect(actualCost(given.rate, seconds(7200)).usd).toBeCloseTo(0.14 + 0.5, 12);
    expect(given.source).toBe('given');
    const noLife = localPrice({ purchase_price: 8760, lifespan_years: 0, tdp_watts: 0 }, SETTINGS);
    expect(noLife.rate).toEqual({ per: 'kwh', usd: 0.15, watts: 300, share_usd_hour: 0 });
    expect(noLife.source).toBe('override');
  });
});

describe('what a model service costs', () => {
  const rate = { per: 'million_tokens', usd_in: 3, usd_out: 15 } as const;
  const used = (counted_by: 'service' | 'us') => ({
    duration_seconds: 2,
    tokens: { input: 1200, output: 300, counted_by },
  });

  it('is tokens at their price, and says who counted them', () => {
    // 1200 x 3e-6 + 300 x 15e-6
    expect(actualCost(rate, used('service'))).toEqual({
      usd: expect.closeTo(0.0081, 12),
      basis: 'reported-tokens',
    });
    expect(actualCost(rate, used('us')).basis).toBe('counted-tokens');
  });

  it('is unknown, not zero, where nobody counted or nobody priced', () => {
    expect(actualCost(rate, seconds(2))).toEqual({ usd: null, basis: 'unknown' });
    expect(actualCost(null, used('us'))).toEqual({ usd: null, basis: 'unknown' });
    expect(actualCost({ per: 'hour', usd: 1 }, { duration_seconds: null, tokens: null }).usd).toBeNull();
  });
});

describe('what a rental costs', () => {
  it('is its time, its disk and its line', () => {
    expect(actualCost({ per: 'hour', usd: 2.4 }, seconds(1800))).toEqual({ usd: 1.2, basis: 'metered' });
    const terms = {
      usd_hour: 0.4,
      disk_gb: 100,
      usd_gb_month: 0.146,
      gb_in: 20,
      usd_gb_in: 0.01,
      gb_out: 5,
      usd_gb_out: 0.02,
    };
    // 2 h x (0.4 + 100 x 0.146 / 730) + 0.2 + 0.1
    expect(rentalCost(terms, 7200)).toBeCloseTo(1.14, 12);
  });

  it('has its downloads in it once, unless it never began', () => {
    const rate = { per: 'hour', usd: 2, fixed_usd: 0.25 } as const;
    expect(actualCost(rate, seconds(3600)).usd).toBe(2.25);
    expect(actualCost(rate, seconds(7200)).usd).toBe(4.25);
    expect(actualCost(rate, seconds(0)).usd).toBe(0);
  });
});

describe('tokens as an agent reports them', () => {
  const telemetry = (output: number, total: number, agent_reasoning = 0) => ({
    tokens: { system_prompt: 0, tool_calls: 0, agent_reasoning, output, total },
    latency: [],
    cost_estimate_usd: null,
  });

  it('come from its usage, whoever wrote it, else from the telemetry', () => {
    const usage = { prompt_tokens: 12, completion_tokens: 0 };
    expect(tokensOf({ metadata: { usage }, telemetry: null })).toMatchObject({ input: 12, output: 0 });
    expect(tokensOf({ metadata: { prompt_eval_count: 7, eval_count: 3 }, telemetry: null })).toMatchObject({
      input: 7,
      output: 3,
    });
    expect(tokensOf({ metadata: {}, telemetry: telemetry(200, 812, 100) })).toEqual({
      input: 512,
      output: 300,
      counted_by: 'service',
    });
  });

  it('are unknown where one half is missing', () => {
    const half = { usage: { prompt_tokens: null, completion_tokens: 30 } };
    expect(tokensOf({ metadata: half, telemetry: telemetry(30, 30) })).toBeNull();
    expect(tokensOf({ metadata: {}, telemetry: telemetry(0, 0) })).toBeNull();
    expect(
      tokensOf({ metadata: { usage: { prompt_tokens: -1, completion_tokens: 1 } }, telemetry: null }),
    ).toBeNull();
  });
});
