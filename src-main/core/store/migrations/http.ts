import type { Migration } from './migration.ts';

/** Logs, spans of others, what was sent to a collector. */
export const HTTP: readonly Migration[] = [
  {
    name: '2026-11-23-15-logs',
    scope: 'own',
    sql: `
-- Structured log records; the oldest go when there are too many.
CREATE TABLE rs_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  level INTEGER NOT NULL,
  logger TEXT NOT NULL,
  event TEXT NOT NULL,
  message TEXT NOT NULL,
  tenant_id TEXT,
  job_id TEXT,
  trace_id TEXT,
  span_id TEXT,
  fields_json TEXT
);
CREATE INDEX idx_rs_log_job ON rs_log(job_id, seq) WHERE job_id IS NOT NULL;
CREATE INDEX idx_rs_log_at ON rs_log(at);
`,
  },
  {
    name: '2026-11-23-16-otlp',
    scope: 'own',
    sql: `
-- Spans that came over OTLP. Those of a job's trace join its waterfall; the others are external traces.
CREATE TABLE rs_otlp_span (
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  parent_span_id TEXT,
  -- Null: no job of ours.
  job_id TEXT,
  name TEXT NOT NULL,
  service TEXT,
  start_us INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  error_type TEXT,
  -- 1: it failed; 2: its times were mended.
  flags INTEGER NOT NULL,
  received_at REAL NOT NULL,
  attributes_json TEXT NOT NULL,
  PRIMARY KEY (trace_id, span_id)
) WITHOUT ROWID;
CREATE INDEX idx_rs_otlp_span_job ON rs_otlp_span(job_id, received_at) WHERE job_id IS NOT NULL;

-- One row per external trace, for the list of them.
CREATE TABLE rs_otlp_trace (
  trace_id TEXT PRIMARY KEY,
  service TEXT,
  name TEXT,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  received_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_rs_otlp_trace_received ON rs_otlp_trace(received_at);

-- Ended jobs on their way to a collector, in the order in which they ended: nothing is sent twice or lost.
CREATE TABLE rs_otlp_out (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL UNIQUE,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at REAL NOT NULL DEFAULT 0,
  sent_at REAL,
  failure_json TEXT
);
CREATE INDEX idx_rs_otlp_out_due ON rs_otlp_out(next_attempt_at, seq) WHERE sent_at IS NULL;
`,
  },
];
