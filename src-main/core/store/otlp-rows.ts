import type { Attributes } from '#shared/model/span.ts';
import { SPAN_ERROR, SPAN_EXTERNAL } from '#shared/model/trace-columns.ts';
import type { Db } from './database.ts';
import { labelsOf } from './infer.ts';
import type { ForeignSpan } from './joined-spans.ts';
import { prepared } from './prepared.ts';

/** rs_otlp_span.flags */
export const OTLP_FAILED = 1;
export const OTLP_MENDED = 2;

/** One row of rs_otlp_span, without its number. */
export interface OtlpRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly job_id: string;
  readonly name: string;
  readonly service: string | null;
  readonly start_us: number;
  readonly duration_us: number;
  readonly error_type: string | null;
  readonly flags: number;
  readonly label: string | null;
  readonly attributes_json: string;
}

const COLUMNS: readonly (keyof OtlpRow)[] = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'job_id',
  'name',
  'service',
  'start_us',
  'duration_us',
  'error_type',
  'flags',
  'label',
  'attributes_json',
];
const INSERT = `INSERT INTO rs_otlp_span (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (trace_id, span_id) DO NOTHING`;

/** False when the span was there already: senders repeat what they got no answer for. */
export const insertOtlpRow = (db: Db, row: OtlpRow): boolean =>
  prepared(db, INSERT).run(COLUMNS.map((column) => row[column])).changes > 0;

const withTable = new WeakSet<Db>();

/** A store of an older Runescope has none. */
function hasTable(db: Db): boolean {
  if (withTable.has(db)) return true;
  if (prepared(db, "SELECT 1 FROM sqlite_master WHERE name = 'rs_otlp_span'").get() === undefined)
    return false;
  withTable.add(db);
  return true;
}

/** The number of a job's newest span of others, 0 without any. */
export function lastOtlpSeq(db: Db, jobId: string): number {
  if (!hasTable(db)) return 0;
  const last = prepared(db, 'SELECT max(seq) AS seq FROM rs_otlp_span WHERE job_id = ?').get(jobId) as {
    readonly seq: number | null;
  };
  return last.seq ?? 0;
}

/** A job's spans of others, in the order of arrival. */
export function foreignSpans(db: Db, jobId: string): readonly ForeignSpan[] {
  if (!hasTable(db)) return [];
  const rows = prepared(
    db,
    'SELECT span_id, parent_span_id, name, start_us, duration_us, flags, label FROM rs_otlp_span WHERE job_id = ? ORDER BY seq',
  ).all(jobId) as Pick<
    OtlpRow,
    'span_id' | 'parent_span_id' | 'name' | 'start_us' | 'duration_us' | 'flags' | 'label'
  >[];
  return rows.map(({ flags, label, ...row }) => ({
    ...row,
    flags: SPAN_EXTERNAL | ((flags & OTLP_FAILED) === 0 ? 0 : SPAN_ERROR),
    label: label ?? '',
  }));
}

export interface ForeignDetail {
  readonly row: OtlpRow;
  readonly attributes: Attributes;
}

/** Everything about one of them; null when there is none. */
export function foreignDetail(db: Db, jobId: string, spanId: string): ForeignDetail | null {
  if (!hasTable(db)) return null;
  const row = prepared(
    db,
    'SELECT * FROM rs_otlp_span WHERE span_id = ? AND job_id = ? AND trace_id = ?',
  ).get(spanId, jobId, jobId.replaceAll('-', '').toLowerCase()) as OtlpRow | undefined;
  return row === undefined ? null : { row, attributes: labelsOf(row.attributes_json) };
}

/** All of a job, whole: what goes into the archive. */
export function foreignRows(db: Db, jobId: string): readonly OtlpRow[] {
  if (!hasTable(db)) return [];
  return prepared(db, 'SELECT * FROM rs_otlp_span WHERE job_id = ? ORDER BY seq').all(jobId) as OtlpRow[];
}
