import { toCsv } from '#shared/lib/csv.ts';
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

/** A line a step. */
export const bandsCsv = ({ rows }: TraceBands): string =>
  toCsv([
    COLUMNS,
    ...rows.map(({ path, depth, n, errors, start, duration, slowest }) => [
      path,
      depth,
      n,
      errors,
      ...start,
      ...duration,
      slowest.duration_ms,
      slowest.source,
      slowest.job_id,
      slowest.span_id,
    ]),
  ]);
