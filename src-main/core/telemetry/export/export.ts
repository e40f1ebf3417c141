import type { TraceFormat } from '#shared/contract/contract.ts';
import type { ExportedTrace, JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { toChrome } from './chrome.ts';
import { spansCsv } from './csv.ts';
import { toOtlp } from './otlp.ts';

const FORMATS: Readonly<
  Record<
    TraceFormat,
    {
      readonly suffix: string;
      readonly media_type: string;
      readonly encode: (job: JobDetail, spans: readonly SpanDetail[]) => string;
    }
  >
> = {
  otlp: {
    suffix: 'otlp.json',
    media_type: 'application/json',
    encode: (job, spans) => JSON.stringify(toOtlp(job, spans)),
  },
  chrome: {
    suffix: 'trace.json',
    media_type: 'application/json',
    encode: (job, spans) => JSON.stringify(toChrome(job, spans)),
  },
  csv: { suffix: 'csv', media_type: 'text/csv; charset=utf-8', encode: spansCsv },
};

/** A job's spans as one text. `spans` stand in pre-order, as a trace's columns do. */
export function exportTrace(
  format: TraceFormat,
  job: JobDetail,
  spans: readonly SpanDetail[],
): ExportedTrace {
  const { suffix, media_type, encode } = FORMATS[format];
  return {
    // A foreign job may have any id, of any length.
    filename: `${job.job_id.slice(0, 100).replace(/[^A-Za-z0-9._-]/g, '_')}.${suffix}`,
    media_type,
    text: encode(job, spans),
  };
}
