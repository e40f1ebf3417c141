import { describe, expect, it } from 'vitest';
import type { Actual } from '#core/costs/actual.ts';
import type { RentedProvider } from '#core/providers/vastai/want.ts';
import { failureOf } from '#core/testing/recorded-spans.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import type { CodedError } from '#shared/model/failure.ts';
import { withRental } from './rental.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const rental = parseRequest('benchmark', { provisioning: { vastai: {} } }).provisioning?.vastai;

/** A rental whose cost grows as it is told to, on a clock twenty times as fast. */
function bench(capUsd = Number.POSITIVE_INFINITY, teardown = async () => {}) {
  const stop = new AbortController();
  const spent: Actual[] = [];
  const stopped: CodedError[] = [];
  const state: { usd: number | null; tornDown: boolean; unwindMs: number } = {
    usd: null,
    tornDown: false,
    unwindMs: 0,
  };
  const provider = {
    teardown: async () => {
      await teardown();
      state.tornDown = true;
      state.usd = (state.usd ?? 0) + 1;
    },
  } as unknown as RentedProvider;
  const run = {
    job_id: 'j',
    signal: stop.signal,
    spent: (cost: Actual) => spent.push(cost),
    stop: (reason: CodedError) => {
      stopped.push(reason);
      stop.abort(reason);
    },
    progress: () => {},
    unwindsWithin: (ms: number) => {
      state.unwindMs = ms;
    },
  };
  const services = {
    clock: { nowUs: () => 0, monotonicMs: () => performance.now() * 20, speed: 20 },
    capOf: () => ({ usd: capUsd, of: 'job' as const }),
    rent: () => provider,
    rentalCost: () => state.usd,
  };
  if (rental == null) throw new Error('no rental');
  const of = { backend_type: 'ollama', model: '', agent: '', rental } as const;
  const use = (work: () => Promise<unknown>) => withRental(run, services, of, work);
  return { use, state, spent, stopped, signal: stop.signal };
}

describe('a job with a rental', () => {
  it('costs what the ledger says when all is torn down', async () => {
    const { use, state, spent } = bench();
    const { value, usd } = await use(async () => 'answer');
    expect(value).toBe('answer');
    expect(usd).toBe(1);
    expect(state.tornDown).toBe(true);
    expect(state.unwindMs).toBeGreaterThanOrEqual(90_000);
    expect(spent.at(-1)).toEqual({ usd: 1, basis: 'metered' });
  });

  it('costs that, too, when its work or its teardown fails', async () => {
    const { use, spent } = bench();
    const failure = await failureOf(() => use(() => Promise.reject(new Error('no answer'))));
    expect(failure.message).toBe('no answer');
    expect(spent.at(-1)).toEqual({ usd: 1, basis: 'metered' });
    const broken = bench(undefined, () => Promise.reject(new Error('not gone')));
    expect((await broken.use(async () => 'answer')).value).toBe('answer');
    expect(broken.spent.at(-1)).toEqual({ usd: 0, basis: 'metered' });
  });

  it('says what it has cost while it runs, and ends at its budget', async () => {
    const { use, state, spent, stopped, signal } = bench(0.5);
    const failure = await failureOf(() =>
      use(async () => {
        state.usd = 0.2;
        while (!signal.aborted) {
          await wait(20);
          if (spent.length > 3) state.usd = 0.7;
        }
        throw signal.reason;
      }),
    );
    expect(failure.code).toBe('cost.budget_reached');
    expect(failure.message).toContain('$0.70');
    expect(stopped).toHaveLength(1);
    expect(spent.map(({ usd }) => usd)).toContain(0.2);
    expect(state.tornDown).toBe(true);
  });
});
