import type { Db } from '#core/store/database.ts';
import type { SpendQuery } from '#shared/contract/costs.ts';
import type { SpendReport } from '#shared/model/costs.ts';
import { COST_BASES } from '#shared/model/estimate.ts';
import { allOf, between, oneOf } from './outcome-list.ts';

/** Where each key is found. */
const COLUMNS: Readonly<Record<SpendQuery['by'], string>> = {
  kind: 'coalesce(j.kind, d.kind)',
  tenant_id: 'coalesce(j.tenant_id, d.tenant_id)',
  backend_type: 'o.backend_type',
  model: 'o.model',
};

const JOB = 'LEFT JOIN rs_job j USING (job_id) LEFT JOIN rs_retired d USING (job_id)';

/** What ended jobs cost, failed and cancelled ones too, on the day on which they ended. Demo jobs cost nothing. */
export function spendReport(db: Db, query: SpendQuery): SpendReport {
  const { by, tenant_id, utc_offset_minutes } = query;
  const { sql, values } = allOf([...between('o.ended_at', query), ...oneOf(COLUMNS.tenant_id, tenant_id)]);
  // A job's row is wide, and is needed for what only it knows; of one that retention deleted, a small one is left.
  const needsJob = by === 'kind' || by === 'tenant_id' || tenant_id !== undefined;
  const rows = db
    .prepare(`
SELECT date(o.ended_at + ?, 'unixepoch') AS day, ${COLUMNS[by]} AS key, o.actual_basis AS basis,
  sum(o.actual_usd) AS usd, count(o.actual_usd) AS jobs, count(*) - count(o.actual_usd) AS unknown
FROM rs_outcome o ${needsJob ? JOB : ''} WHERE o.demo = 0 AND ${sql}
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
    .all(utc_offset_minutes * 60, ...values) as (SpendReport['rows'][number] & { unknown: number })[];
  const known = rows
    .filter(({ jobs }) => jobs > 0)
    .map(({ day, key, basis, usd, jobs }) => ({ day, key, basis, usd, jobs }));
  return {
    rows: known,
    totals: COST_BASES.flatMap((basis) => {
      const mine = known.filter((row) => row.basis === basis);
      const sum = (of: 'usd' | 'jobs'): number => mine.reduce((total, row) => total + row[of], 0);
      return mine.length === 0 ? [] : [{ basis, usd: sum('usd'), jobs: sum('jobs') }];
    }),
    unknown_jobs: rows.reduce((total, { unknown }) => total + unknown, 0),
  };
}
