import type { JobQuery } from '#shared/contract/contract.ts';
import { JOB_FACETS, type JobFacets, type JobPage, type JobSortColumn } from '#shared/contract/types.ts';
import type { Db } from './database.ts';
import { toJobRow } from './job-index.ts';
import { likePatterns } from './like-patterns.ts';
import { prepared } from './prepared.ts';
import type { RsJobRow } from './rows.ts';

const TEXT_COLUMNS = ['job_id', 'question', 'model', 'agent', 'message'];
const NEVER_NULL: ReadonlySet<JobSortColumn> = new Set<JobSortColumn>([
  'created_at',
  'updated_at',
  'status',
  'kind',
  'tenant_id',
  'span_count',
  'error_count',
]);

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** One page of the board. In a filter the empty string stands for "has none"; unknown values sort last. */
export function listJobs(db: Db, query: JobQuery): JobPage {
  const where = whereOf(query);
  const total = prepared(db, `SELECT count(*) FROM rs_job ${where.sql}`)
    .pluck()
    .get(...where.values) as number;
  // Ids first: sorting narrow rows is many times cheaper than sorting rows with their texts.
  const rowids = prepared(
    db,
    `SELECT rowid FROM rs_job ${where.sql} ORDER BY ${orderOf(query)} LIMIT ? OFFSET ?`,
  )
    .pluck()
    .all(...where.values, query.limit, query.offset) as number[];
  const byRowid = prepared(db, 'SELECT * FROM rs_job WHERE rowid = ?');
  const jobs = rowids.flatMap((rowid) => {
    const row = byRowid.get(rowid) as RsJobRow | undefined;
    return row === undefined ? [] : [toJobRow(row)];
  });
  return { jobs, total };
}

/** How many jobs have each value of each facet, commonest first; the values' combinations are counted in one scan. */
export function jobFacets(db: Db): JobFacets {
  const columns = JOB_FACETS.join(', ');
  const combinations = prepared(db, `SELECT ${columns}, count(*) FROM rs_job GROUP BY ${columns}`)
    .raw()
    .all() as (string | number | null)[][];
  const facet = (at: number): { value: string | null; count: number }[] => {
    const counts = new Map<string | null, number>();
    for (const combination of combinations) {
      const value = combination[at] as string | null;
      counts.set(value, (counts.get(value) ?? 0) + (combination[JOB_FACETS.length] as number));
    }
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || ((a.value ?? '') < (b.value ?? '') ? -1 : 1));
  };
  const facets = Object.fromEntries(JOB_FACETS.map((name, at) => [name, facet(at)]));
  return facets as unknown as JobFacets;
}

function whereOf(query: JobQuery): Where {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  for (const column of JOB_FACETS) {
    const wanted = query[column];
    if (wanted === undefined) continue;
    const named = wanted.filter((value) => value !== '');
    const alternatives = named.length === 0 ? [] : [`${column} IN (${named.map(() => '?').join(', ')})`];
    if (wanted.includes('')) alternatives.push(`${column} IS NULL`);
    conditions.push(alternatives.length === 0 ? '0' : `(${alternatives.join(' OR ')})`);
    values.push(...named);
  }
  if (query.text !== undefined && query.text !== '') {
    const patterns = likePatterns(query.text);
    const any = patterns.flatMap(() => TEXT_COLUMNS.map((column) => `${column} LIKE ? ESCAPE '\\'`));
    conditions.push(`(${any.join(' OR ')})`);
    for (const pattern of patterns) values.push(...TEXT_COLUMNS.map(() => pattern));
  }
  const compare = (condition: string, value: number | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  compare('created_at >= ?', query.created_from);
  compare('created_at < ?', query.created_to);
  compare('demo = ?', query.demo === undefined ? undefined : Number(query.demo));
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

function orderOf(query: JobQuery): string {
  const terms = query.sort.map(
    ({ by, desc }) => `${by} ${desc ? 'DESC' : 'ASC'}${NEVER_NULL.has(by) ? '' : ' NULLS LAST'}`,
  );
  // The tie follows the first term's direction, so that the index on (created_at, job_id) serves both.
  return [...terms, `job_id ${query.sort[0]?.desc === true ? 'DESC' : 'ASC'}`].join(', ');
}
