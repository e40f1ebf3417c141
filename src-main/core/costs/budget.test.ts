import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { createBudget, ENDED_TODAY, localMidnight } from './budget.ts';

const at = (iso: string): number => Date.parse(iso) / 1000;
const NOON = at('2026-11-22T12:00:00Z');
const HOUR = 3600;
const DAY = 86_400;
let db: Db;
let now: number;
let spend: Record<string, number | null>;
const zone = process.env.TZ;

beforeEach(() => {
  process.env.TZ = 'UTC';
  db = openDatabase(':memory:', 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  now = NOON;
  spend = {};
});
afterEach(() => {
  db.close();
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const budget = () =>
  createBudget({
    db,
    clock: { nowUs: () => now * 1e6, monotonicMs: () => now * 1000 },
    settings: () => settingsSchema.parse({ spend }),
  });
const status = (except?: string) => budget().status(except);

let count = 0;
function outcome(
  ended_at: number,
  actual_usd: number | null,
  actual_basis = 'reported-tokens',
  { demo = 0, job_id = `ended-${count++}` } = {},
): string {
  db.prepare(
    "INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, actual_usd, actual_basis) VALUES (?, ?, 'failed', ?, 'aws', ?, ?)",
  ).run(job_id, ended_at, demo, actual_usd, actual_basis);
  return job_id;
}
function estimate(job_id: string, high_80: number | null, paid = 1): void {
  db.prepare(
    "INSERT INTO rs_estimate (job_id, at, provider, paid, high_80, confidence, basis) VALUES (?, 0, 'aws', ?, ?, 0.5, '')",
  ).run(job_id, paid, high_80);
}
function job(job_id: string, state: string, cost_usd: number | null = null, demo = 0): void {
  db.prepare(
    "INSERT INTO rs_job (job_id, tenant_id, kind, status, demo, created_at, updated_at, cost_usd) VALUES (?, 'default', 'benchmark', ?, ?, 0, 0, ?)",
  ).run(job_id, state, demo, cost_usd);
}

describe('what was spent today', () => {
  it('is what is paid, since midnight: no energy, no demo, no other day', () => {
    outcome(at('2026-11-22T00:00:00Z'), 1, 'metered');
    outcome(NOON - HOUR, 2, 'reported-tokens');
    outcome(NOON - HOUR, 4, 'counted-tokens');
    outcome(NOON - HOUR, 100, 'hardware-derived');
    outcome(NOON - HOUR, 100, 'reported-tokens', { demo: 1 });
    outcome(at('2026-11-21T23:59:59Z'), 100);
    expect(status()).toEqual({ day_usd: null, job_usd: null, spent_today_usd: 7, committed_usd: 0 });
  });

  it('has running jobs in it with what they have spent, and promises them the rest', () => {
    for (const [id, state, cost] of [
      ['waits', 'queued', null],
      ['runs', 'running', 3],
      ['overran', 'running', 12],
      ['ended', 'failed', 50],
    ] as const) {
      job(id, state, cost);
      estimate(id, 10);
    }
    job('own', 'running', 5);
    estimate('own', 99, 0);
    job('demo', 'running', 5, 1);
    estimate('demo', 99);
    expect(status()).toMatchObject({ spent_today_usd: 15, committed_usd: 17 });
    expect(status('runs')).toMatchObject({ spent_today_usd: 12, committed_usd: 10 });
  });

  it('promises to jobs of unknown cost what they were estimated at: unknown is not nothing', () => {
    estimate(outcome(NOON - 1, null, 'unknown'), 8);
    // On own hardware nobody pays for what is unknown.
    estimate(outcome(NOON - 1, null, 'unknown'), 8, 0);
    expect(status()).toMatchObject({ spent_today_usd: 0, committed_usd: 8 });
  });

  it('leaves a job the smaller of both budgets', () => {
    outcome(NOON - HOUR, 4);
    expect(budget().capOf('a')).toEqual({ usd: Number.POSITIVE_INFINITY, of: 'job' });
    spend = { day_budget_usd: 5, job_budget_usd: 3 };
    expect(budget().capOf('a')).toEqual({ usd: 1, of: 'day' });
    spend = { day_budget_usd: 50, job_budget_usd: 3 };
    expect(budget().capOf('a')).toEqual({ usd: 3, of: 'job' });
    spend = { day_budget_usd: 2 };
    expect(budget().capOf('a')).toEqual({ usd: 0, of: 'day' });
  });

  it('promises what is kept the hours that it has left', () => {
    const rental = db.prepare(`
INSERT INTO rs_rental (rental_id, market, state, job_id, label, offer_id, gpu_name, num_gpus, gpu_total_ram, disk_gb,
  usd_hour, intent_at, keep_until)
VALUES (@id, @market, @state, 'j', @id, 1, 'X', 1, 1, 1, 0.5, 0, @until)`);
    for (const [id, market, state, until] of [
      ['kept', 'vastai', 'kept', NOON + 4 * HOUR],
      ['late', 'vastai', 'kept', NOON - HOUR],
      ['demo', 'demo', 'kept', NOON + HOUR],
      ['over', 'vastai', 'gone', NOON + HOUR],
    ] as const)
      rental.run({ id, market, state, until });
    expect(status()).toMatchObject({ spent_today_usd: 0, committed_usd: 2 });
  });

  it('lets the demo spend what it likes: its money is none', () => {
    spend = { day_budget_usd: 0, job_budget_usd: 0 };
    job('demo', 'running', 5, 1);
    job('paid', 'running', 5);
    expect(budget().capOf('demo').usd).toBe(Number.POSITIVE_INFINITY);
    expect(budget().capOf('paid').usd).toBe(0);
  });
});

describe('the day', () => {
  it.each([
    ['America/New_York', '2026-11-01T18:00:00Z', '2026-11-01T04:00:00Z'],
    ['America/New_York', '2026-11-02T04:59:00Z', '2026-11-01T04:00:00Z'],
    ['Asia/Kolkata', '2026-11-22T19:00:00Z', '2026-11-22T18:30:00Z'],
    ['Pacific/Auckland', '2026-09-26T23:00:00Z', '2026-09-26T12:00:00Z'],
  ])('in %s, at %s, began at %s', (name, time, midnight) => {
    process.env.TZ = name;
    expect(localMidnight(at(time))).toBe(at(midnight));
  });
});

describe('a clock that was changed', () => {
  it('and set back, opens no budget: what lies ahead was spent today', () => {
    outcome(NOON, 5);
    now = NOON - DAY;
    expect(status().spent_today_usd).toBe(5);
    now = NOON - 400 * DAY;
    expect(status().spent_today_usd).toBe(5);
    // Put right again to an earlier hour of the same day.
    outcome(NOON - DAY, 0, 'hardware-derived');
    now = NOON - HOUR;
    expect(status().spent_today_usd).toBe(5);
  });

  it('and set forward by mistake, takes what was spent then back to today, once', () => {
    outcome(NOON - DAY, 1);
    outcome(NOON + 3650 * DAY, 5);
    outcome(NOON - HOUR, 2);
    expect(status().spent_today_usd).toBe(7);
    // The next day it is a matter of the day before, though its date still lies ahead.
    now = NOON + DAY;
    expect(status().spent_today_usd).toBe(0);
  });
});

describe('over 100,000 outcomes', () => {
  it('reads the index of today only, in under 5 ms', () => {
    db.transaction(() => {
      for (let i = 0; i < 100_000; i++)
        outcome(NOON - 100 * DAY + i * 86.4, 1, i % 2 === 0 ? 'reported-tokens' : 'hardware-derived');
    })();
    const asked = budget();
    const { spent_today_usd } = asked.status();
    expect(spent_today_usd).toBe(250);
    const times = Array.from({ length: 21 }, () => {
      const started = performance.now();
      asked.status();
      return performance.now() - started;
    });
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(5);
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${ENDED_TODAY}`)
      .all({ from: 0, until: 0, order: 0 })
      .map((step) => (step as { detail: string }).detail);
    expect(plan[0]).toBe('SEARCH o USING COVERING INDEX idx_rs_outcome_budget (ended_at>?)');
  });
});
