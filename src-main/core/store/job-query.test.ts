import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobQuery } from '#shared/contract/contract.ts';
import { type Db, migrateRunescope, openDatabase } from './database.ts';
import { deriveJobRow, upsertJobRow } from './job-index.ts';
import { jobFacets, listJobs } from './job-query.ts';
import type { RsJobRow } from './rows.ts';

let db: Db;
const add = (job_id: string, changes: Partial<RsJobRow> & { message?: string; question?: string }): void => {
  const row = deriveJobRow(
    {
      job_id,
      tenant_id: changes.tenant_id ?? 'default',
      kind: changes.kind ?? 'agentic-agent',
      status: changes.status ?? 'succeeded',
      request_json: JSON.stringify({ question: changes.question ?? '', agent: changes.agent ?? 'holmes' }),
      result_json: null,
      error: null,
      message: changes.message ?? null,
      created_at: changes.created_at ?? 1,
      updated_at: 5,
    },
    changes,
  );
  upsertJobRow(db)({ ...row, model: changes.model ?? null });
};

beforeAll(() => {
  db = openDatabase(':memory:', 'write');
  migrateRunescope(db, 'index', 0);
  add('a', { created_at: 1, model: 'llama', cost_usd: 0.5, status: 'failed', demo: 1 });
  add('b', { created_at: 2, model: 'mixtral', cost_usd: 0.1, tenant_id: 'team', message: '100% done' });
  add('c', { created_at: 3, question: 'Österreich_weather', agent: 'k8sgpt' });
  add('d', { created_at: 3, model: 'llama', cost_usd: 2, kind: 'unheard-of', status: 'paused' });
});
afterAll(() => db.close());

const ids = (query: object): string[] => listJobs(db, jobQuery.parse(query)).jobs.map((job) => job.job_id);

describe('listJobs', () => {
  it('shows the newest first and breaks ties by job id', () => {
    expect(ids({})).toEqual(['d', 'c', 'b', 'a']);
    expect(ids({ sort: [{ by: 'created_at', desc: false }] })).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps unknown values last in both directions', () => {
    expect(ids({ sort: [{ by: 'cost_usd', desc: true }] })).toEqual(['d', 'a', 'b', 'c']);
    expect(ids({ sort: [{ by: 'cost_usd', desc: false }] })).toEqual(['b', 'a', 'd', 'c']);
  });

  it('sorts by several columns', () => {
    const sort = [
      { by: 'model', desc: false },
      { by: 'cost_usd', desc: true },
    ];
    expect(ids({ sort })).toEqual(['d', 'a', 'b', 'c']);
  });

  it('filters, combining values by or and columns by and; the empty string means none', () => {
    expect(ids({ status: ['failed', 'paused'] })).toEqual(['d', 'a']);
    expect(ids({ status: ['failed', 'paused'], model: ['llama'], kind: ['unheard-of'] })).toEqual(['d']);
    expect(ids({ model: ['', 'mixtral'] })).toEqual(['c', 'b']);
    expect(ids({ status: [] })).toEqual([]);
    expect(ids({ demo: false })).toEqual(['d', 'c', 'b']);
    expect(ids({ created_from: 2, created_to: 3 })).toEqual(['b']);
  });

  it('finds text literally, ignoring case', () => {
    expect(ids({ text: 'MIXTRAL' })).toEqual(['b']);
    expect(ids({ text: '0% d' })).toEqual(['b']);
    expect(ids({ text: '%' })).toEqual(['b']);
    expect(ids({ text: 'h_w' })).toEqual(['c']);
    expect(ids({ text: 'l_a' })).toEqual([]);
    expect(ids({ text: 'österreich' })).toEqual(['c']);
    expect(ids({ text: 'K8S' })).toEqual(['c']);
  });

  it('counts what matches whatever the page', () => {
    const page = listJobs(db, jobQuery.parse({ model: ['llama'], limit: 1, offset: 1 }));
    expect(page.total).toBe(2);
    expect(page.jobs.map((job) => job.job_id)).toEqual(['a']);
    expect(page.jobs[0]?.demo).toBe(true);
  });
});

describe('jobFacets', () => {
  it('counts each value of each facet, commonest first, unknown included', () => {
    const facets = jobFacets(db);
    expect(facets.status).toEqual([
      { value: 'succeeded', count: 2 },
      { value: 'failed', count: 1 },
      { value: 'paused', count: 1 },
    ]);
    expect(facets.model).toEqual([
      { value: 'llama', count: 2 },
      { value: null, count: 1 },
      { value: 'mixtral', count: 1 },
    ]);
  });
});
