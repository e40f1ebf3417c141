import { describe, expect, it } from 'vitest';
import type { Actual } from './actual.ts';
import { budgetReached, createTokenMeter, watchCap } from './meter.ts';

const rate = { per: 'million_tokens', usd_in: 1_000_000, usd_out: 2_000_000 } as const;

describe('a token meter', () => {
  it('counts what is sent and what streams, until the service has said', () => {
    const heard: Actual[] = [];
    const meter = createTokenMeter(rate, (cost) => heard.push(cost));
    expect(meter.tokens()).toBeNull();
    // 8 characters are 2 tokens; three short pieces are three.
    const call = meter.call('12345678');
    for (const piece of ['a', 'b', 'c']) call.piece(piece);
    expect(heard).toEqual([2, 4, 6, 8].map((usd) => ({ usd, basis: 'counted-tokens' })));
    call.reported(26, 100);
    expect(meter.cost()).toEqual({ usd: 226, basis: 'reported-tokens' });
    expect(meter.tokens()).toEqual({ input: 26, output: 100, counted_by: 'service' });
  });

  it('takes a long piece for the tokens that its characters make', () => {
    const meter = createTokenMeter(rate, () => {});
    meter.call('').piece('x'.repeat(400));
    expect(meter.tokens()).toEqual({ input: 0, output: 100, counted_by: 'us' });
  });

  it('keeps its own count of what the service left out, and says so', () => {
    const meter = createTokenMeter(rate, () => {});
    const call = meter.call('1234');
    call.piece('a');
    call.reported(null, 7);
    expect(meter.tokens()).toEqual({ input: 1, output: 7, counted_by: 'us' });
  });

  it('adds up calls; one that was refused is none', () => {
    const meter = createTokenMeter(rate, () => {});
    meter.call('1234').reported(1, 1);
    meter.call('1234').refused();
    meter.call('1234').reported(2, 2);
    expect(meter.cost()).toEqual({ usd: 9, basis: 'reported-tokens' });
  });
});

describe('the cap of a job', () => {
  it('is reached at its amount, and asked for anew now and then', () => {
    let now = 0;
    let asked = 0;
    let usd = 10;
    const reached = watchCap(
      () => {
        asked++;
        return { usd, of: 'job' };
      },
      { monotonicMs: () => now },
    );
    expect(reached(9.99)).toBeNull();
    usd = 5;
    expect(reached(9.99)).toBeNull();
    expect(asked).toBe(1);
    now = 500;
    expect(reached(9.99)).toEqual({ usd: 5, of: 'job' });
    expect(asked).toBe(2);
  });

  it.each([
    [0, 0],
    [Number.NaN, 5],
    [null, 5],
  ])('%s spent has reached %s', (spent, usd) => {
    expect(watchCap(() => ({ usd, of: 'day' }), { monotonicMs: () => 0 })(spent)).not.toBeNull();
  });

  it('holds nobody who has no budget', () => {
    const none = watchCap(() => ({ usd: Number.POSITIVE_INFINITY, of: 'job' }), { monotonicMs: () => 0 });
    expect(none(1e9)).toBeNull();
  });

  it('says what was spent, and against which budget', () => {
    expect(budgetReached(1.234, { usd: 1.2, of: 'job' })).toMatchObject({
      code: 'cost.budget_reached',
      message: expect.stringMatching(/spent \$1\.23.*budget of one job is \$1\.20/),
    });
  });
});
