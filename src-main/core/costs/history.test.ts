import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CostStore, costStore } from '#core/testing/cost-store.ts';
import { LIKENESSES, type Likeness } from '#shared/model/estimate.ts';
import { createHistory, historyQueries } from './history.ts';
import type { Comparable, CostHistory } from './seams.ts';

let store: CostStore;
let history: CostHistory;
beforeEach(() => {
  store = costStore();
  history = createHistory(store.db);
});
afterEach(() => store.close());

const HERE: Comparable = { provider: 'local', backend_type: 'ollama', model: 'm', agent: 'prompt' };
let made = 0;

interface Row extends Partial<Comparable> {
  readonly status?: string;
  readonly demo?: number;
  readonly duration_s?: number | null;
  readonly tokens?: readonly [number, number];
  readonly log_ratio?: number;
  readonly ended_at?: number;
  readonly grounds?: Likeness | null;
}
function ended(row: Row = {}, times = 1): void {
  const add = store.db.prepare(`
INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s, tokens_in,
  tokens_out, actual_basis, log_ratio, grounds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unknown', ?, ?)`);
  const {
    status = 'succeeded',
    demo = 0,
    duration_s = 10,
    tokens,
    log_ratio = null,
    ended_at = 1,
    grounds = 'agent',
  } = row;
  for (let i = 0; i < times; i++) {
    const { provider, backend_type, model, agent } = { ...HERE, ...row };
    add.run(
      `j${++made}`,
      ended_at,
      status,
      demo,
      provider,
      backend_type,
      model,
      agent,
      duration_s,
      tokens?.[0] ?? null,
      tokens?.[1] ?? null,
      log_ratio,
      grounds,
    );
  }
}

describe('durations of comparable jobs', () => {
  it('are the median of the latest 31, in the order in which the jobs ended', () => {
    ended({ duration_s: 900 }, 100);
    // numpy.median of 1..31 is 16.
    for (let s = 1; s <= 31; s++) ended({ duration_s: s });
    expect(history.duration(HERE)).toEqual({
      value: 16,
      source: 'history',
      n: 31,
      group: 'prompt with m on ollama',
      alike: 'agent',
    });
  });

  it('follow a shift within 16 jobs', () => {
    ended({ duration_s: 10 }, 40);
    ended({ duration_s: 15 }, 16);
    expect(history.duration(HERE)?.value).toBe(15);
  });

  it('come from the next coarser group where there are fewer than five', () => {
    ended({ duration_s: 50, provider: 'local', backend_type: 'openai', model: 'x' }, 5);
    expect(history.duration(HERE)).toMatchObject({ value: 50, group: 'anything on local' });
    ended({ duration_s: 40, model: 'y', agent: 'holmes' }, 5);
    expect(history.duration(HERE)).toMatchObject({ value: 40, group: 'ollama' });
    ended({ duration_s: 30, agent: 'holmes' }, 5);
    expect(history.duration(HERE)).toMatchObject({ value: 30, group: 'm on ollama' });
    ended({ duration_s: 20 }, 4);
    expect(history.duration(HERE)?.group).toBe('m on ollama');
    ended({ duration_s: 20 });
    expect(history.duration(HERE)).toMatchObject({ value: 20, n: 5, group: 'prompt with m on ollama' });
  });

  it('of another provider, of demo jobs and of failed ones teach nothing', () => {
    ended({ provider: 'aws' }, 9);
    ended({ demo: 1 }, 9);
    ended({ status: 'failed' }, 9);
    ended({ status: 'cancelled' }, 9);
    ended({ duration_s: null }, 9);
    ended({ duration_s: 0 }, 9);
    expect(history.duration(HERE)).toBeNull();
    ended({}, 5);
    expect(history.duration(HERE)?.n).toBe(5);
  });

  it('do not depend on what the clock said: it may be set back', () => {
    ended({ duration_s: 900, ended_at: 2_000_000_000 }, 31);
    ended({ duration_s: 10, ended_at: 1_000_000_000 }, 31);
    expect(history.duration(HERE)?.value).toBe(10);
  });

  it('are looked for only where the request says something', () => {
    ended({}, 5);
    expect(history.duration({ ...HERE, agent: null })?.group).toBe('m on ollama');
    expect(history.duration({ ...HERE, agent: null, model: null, backend_type: null })?.group).toBe(
      'anything on local',
    );
  });
});

describe('tokens of comparable jobs', () => {
  it('are medians of those that have both', () => {
    ended({}, 100);
    expect(history.tokens(HERE)).toBeNull();
    for (const n of [1, 2, 3, 4, 100]) ended({ tokens: [n * 10, n] });
    expect(history.tokens(HERE)).toMatchObject({ value: { input: 30, output: 3 }, n: 5 });
  });
});

describe('residuals', () => {
  it('are the latest 200 of the finest group that has twenty', () => {
    ended({ log_ratio: 0.5, agent: 'holmes' }, 30);
    ended({ log_ratio: 0.1 }, 19);
    expect(history.residuals(HERE, 'agent')).toMatchObject({ group: 'm on ollama' });
    expect(history.residuals(HERE, 'agent')?.values).toHaveLength(49);
    ended({ log_ratio: 0.2 });
    expect(history.residuals(HERE, 'agent')).toMatchObject({ group: 'prompt with m on ollama' });
    ended({ log_ratio: 0.3 }, 190);
    ended({}, 50);
    const { values = [] } = history.residuals(HERE, 'agent') ?? {};
    expect(values).toHaveLength(200);
    expect(values[0]).toBe(0.3);
    expect(values.filter((value) => value === 0.3)).toHaveLength(190);
  });

  it('are those of amounts that were found as this one was', () => {
    // A model's first jobs are estimated from other models': they say nothing of those that follow.
    ended({ log_ratio: 2.3, grounds: 'backend_type' }, 25);
    ended({ log_ratio: 1.6, grounds: null }, 25);
    expect(history.residuals(HERE, 'agent')).toBeNull();
    ended({ log_ratio: 0.01 }, 20);
    expect(history.residuals(HERE, 'agent')?.values).toEqual(Array(20).fill(0.01));
    expect(history.residuals({ ...HERE, model: 'new' }, 'backend_type')).toMatchObject({
      group: 'ollama',
      values: Array(25).fill(2.3),
    });
  });

  it('of demo, failed and cancelled jobs do not count', () => {
    ended({ log_ratio: 0.1, demo: 1 }, 30);
    ended({ log_ratio: 0.1, status: 'failed' }, 30);
    ended({ log_ratio: 0.1, status: 'cancelled' }, 30);
    expect(history.residuals(HERE, 'agent')).toBeNull();
  });
});

describe('the queries', () => {
  const planOf = (sql: string, keys: readonly string[]): string =>
    (store.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...keys) as { detail: string }[])
      .map(({ detail }) => detail)
      .join('\n');

  it.each(LIKENESSES)('of jobs alike in %s read the head of their index, without sorting', (alike) => {
    const keys = LIKENESSES.slice(0, LIKENESSES.indexOf(alike) + 1);
    const { outcomes, residuals } = historyQueries(alike);
    const equal = keys.map((key) => `${key}=\\?`).join(' AND ');
    const name = alike === 'backend_type' ? 'backend' : alike;
    expect(planOf(outcomes, keys)).toMatch(
      new RegExp(`^SEARCH rs_outcome USING INDEX idx_rs_outcome_${name} \\(${equal}\\)$`),
    );
    expect(planOf(residuals, [...keys, alike])).toMatch(
      new RegExp(`^SEARCH rs_outcome USING INDEX idx_rs_residual_${name} \\(${equal} AND grounds=\\?\\)$`),
    );
  });
});
