import type { Logger } from '#core/ports/ports.ts';
import type { RsJobRow } from '#core/store/rows.ts';
import type { Failure } from '#shared/model/failure.ts';

const WORDS = {
  'job.accepted': 'accepted',
  'job.started': 'is running',
  'job.succeeded': 'succeeded',
  'job.failed': 'failed',
  'job.cancelled': 'was cancelled',
} as const;

/** A job has come one step further; `row` is the board's, as it stands now. */
export function tellOfJob(
  logger: Logger,
  event: keyof typeof WORDS,
  row: RsJobRow | undefined,
  failure?: Failure,
): void {
  if (row === undefined) return;
  const { job_id, tenant_id, kind, started_at, finished_at } = row;
  const isEnd = finished_at !== null;
  const why = event === 'job.failed' && failure !== undefined ? `: ${failure.message}` : '.';
  logger.log({
    level: event === 'job.failed' ? 'warn' : 'info',
    event,
    message: `Job ${WORDS[event]} (${kind})${why}`,
    job_id,
    tenant_id,
    fields: {
      kind,
      ...(row.backend_type === null ? {} : { backend_type: row.backend_type }),
      ...(row.agent === null ? {} : { agent: row.agent }),
      ...(row.model === null ? {} : { model: row.model }),
      ...(isEnd
        ? {
            duration_s: started_at === null ? null : Math.round((finished_at - started_at) * 1000) / 1000,
            error_code: failure?.code ?? null,
            cost_usd: row.cost_usd,
            span_count: row.span_count,
          }
        : {}),
    },
  });
}
