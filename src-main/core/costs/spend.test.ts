import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CostStore, costStore } from '#core/testing/cost-store.ts';
import { spendQuery } from '#shared/contract/costs.ts';
import { spendReport } from './spend.ts';

let store: CostStore;
beforeEach(() => {
  store = costStore();
});
afterEach(() => store.close());

let jobs = 0;
const NOON = Date.parse('2026-11-22T12:00:00Z') / 1000;

function ended(row: {
  readonly at?: number;
  readonly usd: number | null;
  readonly basis?: string;
  readonly status?: string;
  readonly demo?: 0 | 1;
  readonly backend?: string | null;
  readonly model?: string;
  readonly tenant?: string;
  readonly kind?: string;
}): void {
  const { db } = store;
  const id = `job-${++jobs}`;
  const { at = NOON, usd, basis = 'metered', status = 'succeeded', demo = 0 } = row;
  const { backend = 'ollama', model = 'm', tenant = 'default', kind = 'benchmark' } = row;
  db.prepare(
    `INSERT INTO rs_job (job_id, tenant_id, kind, status, demo, backend_type, model, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(id, tenant, kind, status, demo, backend, model, at, at);
  db.prepare(
    `INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, actual_usd, actual_basis)
     VALUES (?, ?, ?, ?, 'vastai', ?, ?, ?, ?)`,
  ).run(id, at, status, demo, backend, model, usd, usd === null ? 'unknown' : basis);
}
const spend = (query: object = {}) => spendReport(store.db, spendQuery.parse(query));

describe('what was spent', () => {
  it('is told by day, key and basis, and never summed over bases', () => {
    ended({ usd: 1 });
    ended({ usd: 2 });
    ended({ usd: 4, basis: 'hardware-derived' });
    ended({ usd: 8, backend: 'bedrock', basis: 'reported-tokens' });
    ended({ usd: 16, at: NOON + 86_400 });
    expect(spend()).toEqual({
      rows: [
        { day: '2026-11-22', key: 'bedrock', basis: 'reported-tokens', usd: 8, jobs: 1 },
        { day: '2026-11-22', key: 'ollama', basis: 'hardware-derived', usd: 4, jobs: 1 },
        { day: '2026-11-22', key: 'ollama', basis: 'metered', usd: 3, jobs: 2 },
        { day: '2026-11-23', key: 'ollama', basis: 'metered', usd: 16, jobs: 1 },
      ],
      totals: [
        { basis: 'metered', usd: 19, jobs: 3 },
        { basis: 'reported-tokens', usd: 8, jobs: 1 },
        { basis: 'hardware-derived', usd: 4, jobs: 1 },
      ],
      unknown_jobs: 0,
    });
  });

  it('is on failed and cancelled jobs too, and not on the demo', () => {
    ended({ usd: 1, status: 'failed' });
    ended({ usd: 2, status: 'cancelled' });
    ended({ usd: 4, demo: 1 });
    ended({ usd: null, demo: 1 });
    expect(spend()).toMatchObject({ totals: [{ basis: 'metered', usd: 3, jobs: 2 }], unknown_jobs: 0 });
  });

  it('by jobs of unknown cost is counted, not 0', () => {
    ended({ usd: null });
    ended({ usd: null, backend: null });
    ended({ usd: 1, backend: null });
    const { rows, totals, unknown_jobs } = spend();
    expect(rows).toEqual([{ day: '2026-11-22', key: null, basis: 'metered', usd: 1, jobs: 1 }]);
    expect(totals).toEqual([{ basis: 'metered', usd: 1, jobs: 1 }]);
    expect(unknown_jobs).toBe(2);
  });

  it('falls on the days of the user', () => {
    const late = Date.parse('2026-11-22T23:30:00Z') / 1000;
    ended({ usd: 1, at: late });
    const days = (utc_offset_minutes: number): readonly string[] =>
      spend({ utc_offset_minutes }).rows.map(({ day }) => day);
    expect(days(0)).toEqual(['2026-11-22']);
    expect(days(29)).toEqual(['2026-11-22']);
    expect(days(30)).toEqual(['2026-11-23']);
    expect(days(-840)).toEqual(['2026-11-22']);
  });

  it.each([
    ['kind', ['agentic-agent', 'benchmark']],
    ['tenant_id', ['default', 'theirs']],
    ['model', ['large', 'm']],
  ])('is told by %s', (by, keys) => {
    ended({ usd: 1 });
    ended({ usd: 2, kind: 'agentic-agent', tenant: 'theirs', model: 'large' });
    expect(spend({ by }).rows.map(({ key }) => key)).toEqual(keys);
  });

  it('is of a time, and of tenants', () => {
    ended({ usd: 1 });
    ended({ usd: 2, at: NOON + 10, tenant: 'theirs' });
    ended({ usd: 4, at: NOON + 20 });
    const usd = (query: object): number | undefined => spend(query).totals[0]?.usd;
    expect(usd({ from: NOON + 10 })).toBe(6);
    expect(usd({ to: NOON + 20 })).toBe(3);
    expect(usd({ tenant_id: ['theirs'] })).toBe(2);
    expect(usd({ tenant_id: ['nobody'] })).toBeUndefined();
  });

  it('is nothing where nothing ran', () => {
    expect(spend()).toEqual({ rows: [], totals: [], unknown_jobs: 0 });
  });
});
