import { describe, expect, it } from 'vitest';
import type { ChatRequest, LlmBackend } from '#core/backends/backend.ts';
import type { Actual } from '#core/costs/actual.ts';
import type { Cap } from '#core/costs/budget.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import { meterOf } from './metered.ts';

const PLAN = { paid: true } as CostPlan;
/** A token is a dollar, in and out. */
const ESTIMATE = {
  rests_on: { price: { rate: { per: 'million_tokens', usd_in: 1e6, usd_out: 1e6 } } },
} as CostEstimate;
const NO_CAP: Cap = { usd: Number.POSITIVE_INFINITY, of: 'job' };

function metered(
  chat: (request: ChatRequest) => Promise<void>,
  cap = NO_CAP,
  figures: { readonly input_tokens: number | null; readonly output_tokens: number | null } = {
    input_tokens: 3,
    output_tokens: 4,
  },
) {
  const controller = new AbortController();
  const spent: Actual[] = [];
  let warmups = 0;
  const run = {
    job_id: 'j',
    signal: controller.signal,
    spent: (cost: Actual) => spent.push(cost),
    stop: (reason: CodedError) => controller.abort(reason),
  };
  const clock = { nowUs: () => 0, monotonicMs: () => 0 };
  const inner = {
    backend_type: 'openai',
    warmup: async () => {
      warmups++;
      return { load_ms: 1, pulled: false };
    },
    chat: async (request: ChatRequest) => {
      await chat(request);
      return { figures };
    },
  } as unknown as LlmBackend;
  const meter = meterOf(run, { clock, capOf: () => cap }, PLAN, ESTIMATE);
  if (meter === null) throw new Error('a paid job has no meter');
  const backend = meter.backend(inner);
  const ask = () =>
    backend.chat({
      model: 'm',
      messages: [{ role: 'user', content: '12345678' }],
      signal: controller.signal,
    });
  const last = () => spent.at(-1);
  return { ask, backend, last, warmups: () => warmups, signal: controller.signal };
}

describe('a metered backend', () => {
  it('counts what a model thinks like what it says', async () => {
    let seen: Actual | undefined;
    const { ask, last } = metered(async ({ onThought, onToken }) => {
      onThought?.('hm');
      onToken?.('so');
      seen = last();
    });
    await ask();
    expect(seen).toEqual({ usd: 4, basis: 'counted-tokens' });
    expect(last()).toEqual({ usd: 7, basis: 'reported-tokens' });
  });

  it('does not make a call whose prompt alone reaches the cap', async () => {
    let asked = 0;
    const { ask, last } = metered(
      async () => {
        asked++;
      },
      { usd: 2, of: 'day' },
    );
    await expect(ask()).rejects.toMatchObject({ code: 'cost.budget_reached' });
    expect(asked).toBe(0);
    expect(last()?.usd).toBe(0);
  });

  it('keeps a complete answer that cost more than was left, and makes no other call', async () => {
    const { ask, signal } = metered(async () => {}, { usd: 6, of: 'job' });
    await ask();
    expect(signal.aborted).toBe(false);
    await expect(ask()).rejects.toMatchObject({ code: 'cost.budget_reached' });
  });

  it('takes what was cut off as spent, and what was refused as not', async () => {
    const cut = metered(async ({ onToken }) => {
      onToken?.('so');
      throw new CodedError('backend.interrupted', 'It broke off.');
    });
    await expect(cut.ask()).rejects.toThrow('It broke off');
    expect(cut.last()).toEqual({ usd: 3, basis: 'counted-tokens' });
    const refused = metered(async () => {
      throw new CodedError('backend.http_status', '429');
    });
    await expect(refused.ask()).rejects.toThrow('429');
    expect(refused.last()?.usd).toBe(0);
  });

  it('takes a connection that broke after the question was sent for an answer that may be billed', async () => {
    const failing = (code: string) =>
      metered(async () => {
        throw new CodedError('backend.unreachable', code, {
          cause: Object.assign(new Error(code), { code }),
        });
      });
    const reset = failing('ECONNRESET');
    await expect(reset.ask()).rejects.toThrow('ECONNRESET');
    expect(reset.last()).toEqual({ usd: 2, basis: 'counted-tokens' });
    const refused = failing('ECONNREFUSED');
    await expect(refused.ask()).rejects.toThrow('ECONNREFUSED');
    expect(refused.last()?.usd).toBe(0);
  });

  it('takes a refusal in the middle of an answer for no refusal', async () => {
    const { ask, last } = metered(async ({ onToken }) => {
      onToken?.('so');
      throw new CodedError('backend.http_status', '429');
    });
    await expect(ask()).rejects.toThrow('429');
    expect(last()).toEqual({ usd: 3, basis: 'counted-tokens' });
  });

  it('does not believe that a call was of no tokens', async () => {
    const zero = metered(async ({ onToken }) => onToken?.('so'), NO_CAP, {
      input_tokens: 0,
      output_tokens: 0,
    });
    await zero.ask();
    expect(zero.last()).toEqual({ usd: 3, basis: 'counted-tokens' });
    const silent = metered(async () => {}, NO_CAP, { input_tokens: 3, output_tokens: 0 });
    await silent.ask();
    expect(silent.last()).toEqual({ usd: 3, basis: 'reported-tokens' });
  });

  it('pays for no warm-up', async () => {
    const { backend, warmups, signal } = metered(async () => {});
    await backend.warmup({ model: 'm', timeoutMs: 1000, signal });
    expect(warmups()).toBe(0);
  });
});

describe('a job that is not paid by the token', () => {
  it('has no meter', () => {
    const run = { job_id: 'j', signal: new AbortController().signal, spent: () => {}, stop: () => {} };
    const services = { clock: { nowUs: () => 0, monotonicMs: () => 0 }, capOf: () => NO_CAP };
    expect(meterOf(run, services, { ...PLAN, paid: false }, ESTIMATE)).toBeNull();
    expect(meterOf(run, services, null, null)).toBeNull();
  });
});
