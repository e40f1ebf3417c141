import type { TraceContext } from '#shared/model/span.ts';

/** Variables by which somebody has said already where a driver's spans go. */
const SAID = /^OTEL_(EXPORTER_OTLP(_TRACES)?_ENDPOINT|TRACES_EXPORTER|SDK_DISABLED)$/i;

/**
 * What an instrumented driver needs to join the trace of its job: its place in it, and where we receive spans, unless
 * `env` says another place. Neither is a secret.
 */
export function telemetryEnvironment(
  trace: TraceContext | null,
  endpoint: string | null,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  if (trace === null) return {};
  const context = { TRACEPARENT: trace.traceparent };
  if (endpoint === null || Object.keys(env).some((name) => SAID.test(name))) return context;
  return {
    ...context,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    ...(trace.job_id === null ? {} : { OTEL_RESOURCE_ATTRIBUTES: resourceOf(trace.job_id, env) }),
    // Only traces are received there.
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
}

function resourceOf(jobId: string, env: Readonly<Record<string, string>>): string {
  const given = env.OTEL_RESOURCE_ATTRIBUTES ?? '';
  const ours = `rune.job_id=${encodeURIComponent(jobId)}`;
  return given === '' ? ours : `${given},${ours}`;
}
