import type { CompareFilter, CompareQuery } from '#shared/contract/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { categoriesOf } from './categories.ts';
import { cell, identityOf, type Population } from './population.ts';

/** Jobs that are compared with the other groups'. */
export interface Group {
  readonly key: string;
  /** Rows of the population. */
  readonly rows: Int32Array;
}

export interface Selection {
  /** The largest first. */
  readonly groups: readonly Group[];
  readonly groups_left_out: number;
  /** In all groups, those left out included. */
  readonly jobs: number;
  readonly duplicates: number;
  readonly demo_left_out: number;
}

export const MAX_GROUPS = 50;

const FILTERED = ['status', 'kind', 'backend_type', 'provider_type', 'model', 'agent', 'tenant_id'] as const;

export function select(
  population: Population,
  query: Pick<CompareQuery, 'where' | 'by' | 'pick' | 'baseline'>,
): Selection {
  if (query.pick !== null) return picked(population, query.pick);
  const { rows, demo_left_out } = filterRows(population, query.where);
  const found = groupRows(population, rows, query.by);
  return {
    ...shown(found, query.baseline),
    jobs: rows.length,
    duplicates: copiesOf(population, rows),
    demo_left_out,
  };
}

/** The Jobs board's filter; '' stands for "has none". Demo jobs that it would take are counted. */
export function filterRows(
  population: Population,
  where: CompareFilter,
): { readonly rows: Int32Array; readonly demo_left_out: number } {
  const wanted = FILTERED.flatMap((name) => {
    const values = where[name];
    return values === undefined ? [] : [{ column: population[name], allowed: lookup(population, values) }];
  });
  const hasText = textSearch(population, where.text ?? '');
  const from = where.created_from ?? Number.NEGATIVE_INFINITY;
  const to = where.created_to ?? Number.POSITIVE_INFINITY;
  const isBounded = where.created_from !== undefined || where.created_to !== undefined;
  const rows = new Int32Array(population.count);
  let n = 0;
  let demoLeftOut = 0;
  next: for (let row = 0; row < population.count; row++) {
    for (const { column, allowed } of wanted) if (allowed[cell(column, row) + 1] !== 1) continue next;
    if (isBounded) {
      const created = cell(population.created_at, row);
      if (!(created >= from && created < to)) continue;
    }
    if (!hasText(row)) continue;
    if (population.demo[row] === 1 && !where.demo) demoLeftOut++;
    else rows[n++] = row;
  }
  return { rows: rows.slice(0, n), demo_left_out: demoLeftOut };
}

/** Which texts are wanted, by number + 1; 0 is none. */
function lookup({ texts }: Population, values: readonly string[]): Uint8Array {
  const wanted = new Set(values);
  const allowed = new Uint8Array(texts.length + 1);
  if (wanted.has('')) allowed[0] = 1;
  for (const [number, text] of texts.entries()) if (wanted.has(text)) allowed[number + 1] = 1;
  return allowed;
}

function textSearch(population: Population, text: string): (row: number) => boolean {
  if (text === '') return () => true;
  const wanted = text.toLowerCase();
  const has = (candidate: string): boolean => candidate.toLowerCase().includes(wanted);
  const hits = Uint8Array.from(population.texts, (candidate) => Number(has(candidate)));
  const { question, model, agent, job_id } = population;
  const columns = [question, model, agent];
  return (row) => columns.some((column) => hits[cell(column, row)] === 1) || has(job_id[row] ?? '');
}

/** By the values of a dimension, the largest group first. */
export function groupRows(population: Population, rows: Int32Array, by: string): readonly Group[] {
  const { names, of } = categoriesOf(population, by);
  const counts = new Int32Array(names.length);
  for (const row of rows) counts[cell(of, row)] = cell(counts, cell(of, row)) + 1;
  const groups = new Map<number, { key: string; rows: Int32Array; filled: number }>();
  for (const [at, count] of counts.entries())
    if (count > 0) groups.set(at, { key: names[at] ?? '', rows: new Int32Array(count), filled: 0 });
  for (const row of rows) {
    const group = groups.get(cell(of, row));
    if (group !== undefined) group.rows[group.filled++] = row;
  }
  return [...groups.values()]
    .sort((a, b) => b.rows.length - a.rows.length || (a.key < b.key ? -1 : 1))
    .map(({ key, rows: own }) => ({ key, rows: own }));
}

/** The largest ones, and the baseline among them. */
function shown(
  groups: readonly Group[],
  baseline: string | null,
): Pick<Selection, 'groups' | 'groups_left_out'> {
  const kept = groups.slice(0, MAX_GROUPS);
  const wanted = groups.slice(MAX_GROUPS).find(({ key }) => key === baseline);
  if (wanted !== undefined) kept.splice(MAX_GROUPS - 1, 1, wanted);
  return { groups: kept, groups_left_out: groups.length - kept.length };
}

function picked(population: Population, pick: NonNullable<CompareQuery['pick']>): Selection {
  const numberOf = new Map(population.sources.map(({ source }, at) => [source, at]));
  const rowsByJob = population.sources.map(
    ({ figures }, at) =>
      new Map(figures.jobs().job_id.map((jobId, row) => [jobId, population.rowOf[at]?.[row] ?? -1])),
  );
  const byIdentity = new Map<string, number>();
  if (population.copies.some((copies) => copies > 0)) {
    for (let row = 0; row < population.count; row++) byIdentity.set(identityAt(population, row), row);
  }
  const rowOf = ({ source, job_id }: (typeof pick.a)[number]): number => {
    const at = numberOf.get(source) ?? -1;
    const row = rowsByJob[at]?.get(job_id);
    if (row === undefined)
      throw new CodedError('job.not_found', `No job ${job_id} is in the source "${source}".`);
    if (row !== -1) return row;
    // An earlier source has it: there it is one job.
    const jobs = population.sources[at]?.figures.jobs();
    const own = jobs?.job_id.indexOf(job_id) ?? -1;
    const tenant = jobs?.texts[jobs.tenant_id[own] ?? -1] ?? '';
    return byIdentity.get(identityOf(tenant, job_id)) ?? -1;
  };
  const a = new Set(pick.a.map(rowOf));
  const b = new Set(pick.b.map(rowOf));
  for (const row of a)
    if (b.has(row))
      throw new CodedError(
        'request.invalid',
        `The job ${population.job_id[row]} is in A and in B. Take it out of one of them.`,
      );
  return {
    groups: [
      { key: 'A', rows: Int32Array.from(a) },
      { key: 'B', rows: Int32Array.from(b) },
    ],
    groups_left_out: 0,
    jobs: a.size + b.size,
    duplicates: pick.a.length + pick.b.length - a.size - b.size,
    demo_left_out: 0,
  };
}

const identityAt = ({ texts, tenant_id, job_id }: Population, row: number): string =>
  identityOf(texts[cell(tenant_id, row)], job_id[row]);

function copiesOf({ copies }: Population, rows: Int32Array): number {
  let sum = 0;
  for (const row of rows) sum += cell(copies, row);
  return sum;
}
