/**
 * RUNE's six migrations: the same tables, columns, types and indexes, so that RUNE's tools read our file and we
 * read theirs (reference: job store §1). Never altered; whatever is ours lives in rs_* tables.
 */
export const RUNE_MIGRATIONS: readonly { readonly version: number; readonly sql: string }[] = [
  {
    version: 1,
    sql: `CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  request_json TEXT NOT NULL,
  result_json TEXT,
  error TEXT,
  message TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
)`,
  },
  {
    version: 2,
    sql: `CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  job_id TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (tenant_id, operation, idempotency_key)
)`,
  },
  {
    version: 3,
    sql: `CREATE TABLE workflow_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  duration_ms REAL,
  error_type TEXT,
  labels_json TEXT,
  recorded_at REAL NOT NULL
);
CREATE INDEX idx_workflow_events_job_id ON workflow_events(job_id);
CREATE INDEX idx_workflow_events_event ON workflow_events(event)`,
  },
  {
    version: 4,
    sql: `CREATE TABLE chain_state (
  job_id TEXT PRIMARY KEY,
  state_json TEXT NOT NULL,
  overall_status TEXT NOT NULL,
  updated_at REAL NOT NULL
)`,
  },
  {
    version: 5,
    sql: `CREATE TABLE audit_artifact (
  artifact_id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content BLOB NOT NULL,
  created_at REAL NOT NULL
);
CREATE INDEX idx_audit_artifact_job_id ON audit_artifact(job_id)`,
  },
  {
    version: 6,
    sql: `CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value_json TEXT NOT NULL,
  updated_at REAL NOT NULL
)`,
  },
];
