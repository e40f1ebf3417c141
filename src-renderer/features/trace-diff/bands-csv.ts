import type { TraceBands } from '#shared/model/compare.ts';

const COLUMNS = [
  'path',
  'depth',
  'n',
  'errors',
  'start_p10_ms',
  'start_p50_ms',
  'start_p90_ms',
  'duration_p10_ms',
  'duration_p50_ms',
  'duration_p90_ms',
  'slowest_ms',
  'slowest_source',
  'slowest_job_id',
  'slowest_span_id',
] as const;

/** A line a step. A text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function bandsCsv({ rows }: TraceBands): string {
  const lines = rows.map(({ path, depth, n, errors, start, duration, slowest }) => {
    const texts = [slowest.source, slowest.job_id, slowest.span_id].map(quoted);
    return [quoted(path), depth, n, errors, ...start, ...duration, slowest.duration_ms, ...texts].join(',');
  });
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
