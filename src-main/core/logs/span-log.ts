import type { Logger, LogRecord } from '#core/ports/ports.ts';
import type { Collector } from '#core/telemetry/collector.ts';
import type { SpanRecord } from '#shared/model/span.ts';

/** What spans tell of a job's life: its failures, and machines that are made ready for it and given up. */
export function createSpanLog(logger: Logger): Collector {
  const tell = (span: SpanRecord, said: Pick<LogRecord, 'level' | 'event' | 'message'>): void => {
    logger.log({
      ...said,
      trace_id: span.trace_id,
      span_id: span.span_id,
      job_id: span.job_id ?? undefined,
      tenant_id: span.tenant_id ?? undefined,
      fields: fieldsOf(span),
    });
  };
  return {
    kind: 'memory',
    start: () => {},
    record: (span) => {
      if (span.status === 'error') {
        tell(span, {
          level: 'warn',
          event: 'span.failed',
          message: `${span.name} failed: ${span.error_type ?? 'unknown'}.`,
        });
      }
      const event = PROVISION[span.name]?.[span.status];
      if (event === undefined) return;
      const { provider_type } = span.attributes;
      tell(span, {
        level: span.status === 'ok' ? 'info' : 'warn',
        event,
        message: `${typeof provider_type === 'string' ? provider_type : 'provider'}: ${WORDS[event]}`,
      });
    },
    flush: () => {},
  };
}

const PROVISION: {
  readonly [name: string]: { readonly [S in SpanRecord['status']]: keyof typeof WORDS } | undefined;
} = {
  'provider.provision': { ok: 'provision.ready', error: 'provision.failed' },
  'provider.teardown': { ok: 'provision.ended', error: 'provision.not_ended' },
};
const WORDS = {
  'provision.ready': 'what the job asks is ready.',
  'provision.failed': 'what the job asks was not made ready.',
  'provision.ended': 'what was made ready is given up.',
  'provision.not_ended': 'what was made ready was not given up in order.',
} as const;

/** Plain values only. */
function fieldsOf(span: SpanRecord): NonNullable<LogRecord['fields']> {
  const fields: Record<string, string | number | boolean | null> = {
    span: span.name,
    duration_ms: Math.round(span.duration_ms * 1000) / 1000,
  };
  if (span.error_type !== null) fields.error_type = span.error_type;
  for (const [key, value] of Object.entries(span.attributes)) {
    if (key in fields || value === null || typeof value === 'object') continue;
    fields[key] = value;
  }
  return fields;
}
