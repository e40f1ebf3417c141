import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LogRecord } from '#core/ports/ports.ts';
import type { EngineStatus, JobFacets } from '#shared/contract/types.ts';
import type { HttpStatus } from '#shared/model/http.ts';

/** What is asked when somebody scrapes. */
export interface MetricsOf {
  /** Null in an engine that only reads. */
  engine(): EngineStatus | null;
  http(): HttpStatus;
  /** Jobs of the own store by status. */
  jobs(): Promise<JobFacets['status']>;
}

export interface Metrics {
  /** Is shown every log record, and counts it. */
  count(record: LogRecord): void;
  readonly contentType: string;
  /** Prometheus' text format. */
  text(): Promise<string>;
}

/** Seconds: from an answer out of memory to one that waited for a store. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const PREFIX = 'runescope_';

/** The engine's own health for Prometheus; no job, no tenant and no model is named in it. */
export function createMetrics(of: MetricsOf): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name: PREFIX + name, help, registers });
  const requests = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Requests to what listens here, by endpoint, until their answer was sent.',
    labelNames: ['method', 'endpoint', 'status_code'],
    buckets: BUCKETS,
    registers,
  });
  const events = new Counter({
    name: `${PREFIX}log_events_total`,
    help: 'What happened, by the names of docs/log-events.md; requests are counted above.',
    labelNames: ['event', 'level'],
    registers,
  });
  const jobs = new Gauge({
    name: `${PREFIX}jobs`,
    help: 'Jobs in the store by status.',
    labelNames: ['status'],
    registers,
  });
  const running = gauge('engine_running_jobs', 'Jobs that run in this process.');
  const queued = gauge('engine_queued_jobs', 'Jobs that wait for their turn.');
  const dropped = gauge('spans_dropped', 'Span records that could not be kept since start.');
  const lag = gauge('spans_write_lag_seconds', 'Age of the oldest span record at the last commit.');
  const pending = gauge('archive_pending_results', 'Results that wait for the archive.');
  const otlp = new Gauge({
    name: `${PREFIX}otlp_received_spans`,
    help: 'Spans that came over OTLP since start, by whether they were taken.',
    labelNames: ['outcome'],
    registers,
  });
  const deferred = gauge(
    'otlp_deferred_requests',
    'OTLP requests that were told to come again, since start.',
  );
  const sent = gauge('otlp_sent_jobs', 'Jobs that a collector has taken.');
  const waiting = gauge('otlp_waiting_jobs', 'Ended jobs that wait for a collector.');
  collectDefaultMetrics({ register: registry });

  return {
    contentType: registry.contentType,
    count: (record) => {
      const request = requestOf(record);
      if (request === null) events.inc({ event: record.event, level: record.level });
      else requests.observe(request.labels, request.seconds);
    },
    async text() {
      const engine = of.engine();
      running.set(engine?.running ?? 0);
      queued.set(engine?.queued ?? 0);
      dropped.set(engine?.dropped ?? 0);
      lag.set((engine?.write_lag_ms ?? 0) / 1000);
      pending.set(engine?.archive_pending ?? 0);
      const { otlp_in, otlp_out } = of.http();
      otlp.set({ outcome: 'taken' }, otlp_in.received_spans);
      otlp.set({ outcome: 'rejected' }, otlp_in.rejected_spans);
      deferred.set(otlp_in.deferred_requests);
      sent.set(otlp_out.sent_jobs);
      waiting.set(otlp_out.waiting_jobs);
      jobs.reset();
      for (const { value, count } of await of.jobs()) if (value !== null) jobs.set({ status: value }, count);
      return registry.metrics();
    },
  };
}

function requestOf({ event, fields }: LogRecord): {
  readonly labels: { readonly method: string; readonly endpoint: string; readonly status_code: number };
  readonly seconds: number;
} | null {
  if (event !== 'http.request' || fields === undefined) return null;
  const { http_method, endpoint, status_code, duration_ms } = fields;
  return {
    // Methods are the sender's words: unknown ones must not become a label each.
    labels: {
      method: METHODS.has(String(http_method)) ? String(http_method) : 'other',
      endpoint: String(endpoint),
      status_code: Number(status_code),
    },
    seconds: Number(duration_ms) / 1000,
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
