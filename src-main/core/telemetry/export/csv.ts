import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { type CsvCell, toCsv } from '#shared/lib/csv.ts';
import { SPAN_INFERRED, SPAN_LOST } from '#shared/model/trace-columns.ts';

const COLUMNS: readonly (readonly [name: string, cell: (span: SpanDetail, job: JobDetail) => CsvCell])[] = [
  ['job_id', (_, job) => job.job_id],
  ['tenant_id', (_, job) => job.tenant_id],
  ['trace_id', (span) => span.trace_id],
  ['span_id', (span) => span.span_id],
  ['parent_span_id', (span) => span.parent_span_id],
  ['name', (span) => span.name],
  ['start_time', (span) => isoMicroseconds(span.start_us)],
  ['duration_ms', (span) => span.duration_ms],
  ['status', (span) => span.status],
  ['error_type', (span) => span.error_type],
  ['inferred', (span) => (span.flags & SPAN_INFERRED) !== 0],
  ['lost', (span) => (span.flags & SPAN_LOST) !== 0],
  ['attributes', (span) => JSON.stringify(span.attributes)],
];

/** With a header; an open span has an empty duration_ms. */
export const spansCsv = (job: JobDetail, spans: readonly SpanDetail[]): string =>
  toCsv([COLUMNS.map(([name]) => name), ...spans.map((span) => COLUMNS.map(([, cell]) => cell(span, job)))]);

/** ISO 8601 with all six decimals, which Date cannot print. */
function isoMicroseconds(us: number): string {
  const micros = ((us % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = (us - micros) / 1_000_000;
  const iso = new Date(seconds * 1000).toISOString();
  return iso.replace(/\.\d+Z$/, `.${String(micros).padStart(6, '0')}Z`);
}
