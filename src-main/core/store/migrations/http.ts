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
-- Requests come in floods; they have a share of their own, so that a flood takes no job's lines away.
CREATE INDEX idx_rs_log_request ON rs_log(seq) WHERE event = 'http.request';
`,
  },
  {
    name: '2026-11-23-16-otlp',
    scope: 'own',
    sql: `
-- Spans that came over OTLP: in our store those of a job's trace, which join its waterfall; in the store of external
-- traces all others, whose job_id is their trace's.
CREATE TABLE rs_otlp_span (
  -- In the order of arrival: a packed trace is whole as long as its job's last one has not changed.
  seq INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  parent_span_id TEXT,
  job_id TEXT NOT NULL,
  name TEXT NOT NULL,
  service TEXT,
  start_us INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  error_type TEXT,
  -- 1: it failed; 2: its times were mended.
  flags INTEGER NOT NULL,
  -- Short text beside its name.
  label TEXT,
  attributes_json TEXT NOT NULL,
  UNIQUE (trace_id, span_id)
);
CREATE INDEX idx_rs_otlp_span_job ON rs_otlp_span(job_id, seq);

-- Ended jobs on their way to a collector, in the order in which they ended: nothing is sent twice or lost.
CREATE TABLE rs_otlp_out (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL UNIQUE,
  attempts INTEGER NOT NULL DEFAULT 0,
  sent_at REAL,
  -- 1: the collector will not have it; it is not sent again as long as the settings stay what they are.
  refused INTEGER NOT NULL DEFAULT 0,
  failure_json TEXT
);
CREATE INDEX idx_rs_otlp_out_waiting ON rs_otlp_out(refused, seq) WHERE sent_at IS NULL;
`,
  },
  {
    name: '2026-11-23-17-packed-otlp',
    scope: 'index',
    sql: `
-- The last rs_otlp_span.seq that a packed trace holds.
ALTER TABLE rs_trace ADD COLUMN last_otlp_seq INTEGER NOT NULL DEFAULT 0;
`,
  },
  {
    name: '2026-11-23-18-retention',
    scope: 'own',
    sql: `
-- Jobs that retention has deleted. Their estimates and outcomes stay, and belong to somebody.
CREATE TABLE rs_retired (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  backend_type TEXT,
  finished_at REAL,
  retired_at REAL NOT NULL,
  -- 1: some of its rows are still there.
  open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_rs_retired_open ON rs_retired(open) WHERE open = 1;
`,
  },
];
