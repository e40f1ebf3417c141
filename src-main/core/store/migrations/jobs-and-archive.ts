import type { Migration } from './migration.ts';

/** Jobs, spans, the archive, figures of jobs, comparisons. */
export const JOBS_AND_ARCHIVE: readonly Migration[] = [
  {
    name: '2026-11-22-01-job-index',
    scope: 'index',
    sql: `
-- Facts about the index itself: indexed_event_id, indexed_updated_at.
CREATE TABLE rs_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One board row per job: everything the Jobs board filters, sorts and shows, long texts last.
CREATE TABLE rs_job (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  demo INTEGER NOT NULL DEFAULT 0,
  agent TEXT,
  backend_type TEXT,
  provider_type TEXT,
  model TEXT,
  created_at REAL NOT NULL,
  started_at REAL,
  finished_at REAL,
  updated_at REAL NOT NULL,
  queue_ms REAL,
  duration_ms REAL,
  estimate_usd REAL,
  cost_usd REAL,
  tokens_total INTEGER,
  span_count INTEGER NOT NULL DEFAULT 0,
  error_count INTEGER NOT NULL DEFAULT 0,
  suspected_failure INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  message TEXT,
  question TEXT
);
CREATE INDEX idx_rs_job_created_at ON rs_job(created_at, job_id);
-- The board's facets are one scan of this index instead of one over all texts.
CREATE INDEX idx_rs_job_facets ON rs_job(status, kind, backend_type, model, agent, tenant_id, provider_type);

-- Totals per canonical event name and backend_type ('' when it has none), kept in step with each batch.
CREATE TABLE rs_rollup (
  event TEXT NOT NULL,
  backend_type TEXT NOT NULL,
  total INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  error INTEGER NOT NULL,
  -- How many of total had a duration; sum, min and max are over those.
  timed INTEGER NOT NULL,
  sum_ms REAL NOT NULL,
  min_ms REAL,
  max_ms REAL,
  PRIMARY KEY (event, backend_type)
) WITHOUT ROWID;

-- A finished job's whole trace as encodeTrace() bytes; rebuilt when last_event_id is not the job's last event.
CREATE TABLE rs_trace (job_id TEXT PRIMARY KEY, last_event_id INTEGER NOT NULL, columns BLOB NOT NULL);
`,
  },
  {
    name: '2026-11-22-02-spans',
    scope: 'own',
    sql: `
-- What workflow_events cannot hold about the same row: ids, parent and start. Keyed by workflow_events.id.
CREATE TABLE rs_span (
  event_id INTEGER PRIMARY KEY,
  span_id TEXT NOT NULL,
  parent_span_id TEXT,
  start_us INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  -- SPAN_* bits of model/trace-columns
  flags INTEGER NOT NULL,
  label TEXT
);

-- Spans that had begun and not ended at the last flush.
CREATE TABLE rs_open_span (
  span_id TEXT PRIMARY KEY,
  job_id TEXT,
  parent_span_id TEXT,
  name TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  attributes_json TEXT NOT NULL
) WITHOUT ROWID;
`,
  },
  {
    name: '2026-11-22-03-jobs',
    scope: 'own',
    sql: `
-- What RUNE's jobs table cannot hold: who runs the job, its estimate, its coded error.
CREATE TABLE rs_job_run (
  job_id TEXT PRIMARY KEY,
  owner_pid INTEGER,
  owner_started TEXT,
  owner_boot TEXT,
  collector TEXT NOT NULL,
  estimate_json TEXT,
  error_json TEXT
);

CREATE TABLE rs_setting (key TEXT PRIMARY KEY, value_json TEXT NOT NULL, updated_at REAL NOT NULL) WITHOUT ROWID;
`,
  },
  {
    name: '2026-11-22-04-archive-outbox',
    scope: 'own',
    sql: `
-- Results on their way out: key and bytes are fixed when the job ends and never change.
CREATE TABLE rs_archive_outbox (
  id INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  sha256 TEXT NOT NULL,
  created_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at REAL NOT NULL,
  last_error TEXT,
  UNIQUE (job_id, target)
);
`,
  },
  {
    name: '2026-11-22-05-archive-delivery',
    scope: 'own',
    sql: `
-- Results that a target has: the outbox row leaves and this comes, in one transaction.
CREATE TABLE rs_archive_delivery (
  job_id TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  delivered_at REAL NOT NULL,
  PRIMARY KEY (job_id, target)
) WITHOUT ROWID;

-- The coded failure of the last try, as JSON; refused: for what the result is, so that waiting will not help.
ALTER TABLE rs_archive_outbox ADD COLUMN failure_json TEXT;
ALTER TABLE rs_archive_outbox ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
CREATE INDEX idx_rs_archive_outbox_due ON rs_archive_outbox(target, next_attempt_at, id);

-- How many there are per target, kept by triggers: counting 100,000 rows at each look would be slow.
CREATE TABLE rs_archive_count (
  target TEXT PRIMARY KEY,
  pending INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO rs_archive_count (target, pending) SELECT target, count(*) FROM rs_archive_outbox GROUP BY target;
CREATE TRIGGER rs_archive_outbox_added AFTER INSERT ON rs_archive_outbox BEGIN
  INSERT OR IGNORE INTO rs_archive_count (target) VALUES (new.target);
  UPDATE rs_archive_count SET pending = pending + 1, refused = refused + new.refused WHERE target = new.target;
END;
CREATE TRIGGER rs_archive_outbox_refused AFTER UPDATE OF refused ON rs_archive_outbox
WHEN old.refused <> new.refused BEGIN
  UPDATE rs_archive_count SET refused = refused + new.refused - old.refused WHERE target = new.target;
END;
CREATE TRIGGER rs_archive_outbox_left AFTER DELETE ON rs_archive_outbox BEGIN
  UPDATE rs_archive_count SET pending = pending - 1, refused = refused - old.refused WHERE target = old.target;
END;
CREATE TRIGGER rs_archive_delivery_added AFTER INSERT ON rs_archive_delivery BEGIN
  INSERT OR IGNORE INTO rs_archive_count (target) VALUES (new.target);
  UPDATE rs_archive_count SET delivered = delivered + 1 WHERE target = new.target;
END;
CREATE TRIGGER rs_archive_delivery_left AFTER DELETE ON rs_archive_delivery BEGIN
  UPDATE rs_archive_count SET delivered = delivered - 1 WHERE target = old.target;
END;
`,
  },
  {
    name: '2026-11-22-06-archive-browse',
    scope: 'archive',
    sql: `
-- A bucket and prefix, or a folder, and what is known about it.
CREATE TABLE rs_archive_place (
  id INTEGER PRIMARY KEY,
  place TEXT NOT NULL UNIQUE,
  -- Number of the listing that runs or ran last; rows carry the number of the one that saw them.
  pass INTEGER NOT NULL DEFAULT 0,
  -- The last one that reached its end, and what that was when this one began: rows first seen since are new.
  complete_pass INTEGER NOT NULL DEFAULT 0,
  new_since INTEGER NOT NULL DEFAULT 0,
  listed_at REAL,
  requests INTEGER NOT NULL DEFAULT 0,
  -- Kept in step with the rows, so that nothing is counted to say it.
  loaded INTEGER NOT NULL DEFAULT 0,
  new_count INTEGER NOT NULL DEFAULT 0,
  -- Grows with every change of the rows.
  version INTEGER NOT NULL DEFAULT 0,
  -- What is left to list of an unfinished pass, so that the next resumes it (JSON).
  resume_json TEXT,
  -- 'honoured', 'ignored' or 'refused': what If-None-Match does there.
  conditional_writes TEXT
);

-- Folders of results: what the keys below say of tenant, kind and date, once.
CREATE TABLE rs_archive_folder (
  id INTEGER PRIMARY KEY,
  place_id INTEGER NOT NULL,
  -- {prefix}{tenant}/{kind}/{date}/ as the keys have it.
  path TEXT NOT NULL,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  date TEXT NOT NULL,
  UNIQUE (place_id, path)
);

CREATE TABLE rs_archive_object (
  id INTEGER PRIMARY KEY,
  place_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  -- 0: the key does not fit the template.
  folder_id INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  last_modified REAL NOT NULL,
  etag TEXT,
  first_pass INTEGER NOT NULL,
  last_pass INTEGER NOT NULL,
  UNIQUE (place_id, key)
);

-- What was opened when and with which hash. Never shortened.
CREATE TABLE rs_archive_journal (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  action TEXT NOT NULL,
  place TEXT NOT NULL,
  key TEXT NOT NULL,
  size_bytes INTEGER,
  bytes_sha256 TEXT,
  verdict TEXT
);

CREATE TABLE rs_archive_report (id TEXT PRIMARY KEY, at REAL NOT NULL, report_json TEXT NOT NULL) WITHOUT ROWID;
`,
  },
  {
    name: '2026-11-22-07-job-figures',
    scope: 'index',
    sql: `
-- What jobs are called in the tables below. Never given twice.
CREATE TABLE rs_job_number (number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL UNIQUE);
CREATE TABLE rs_span_name (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);

-- Totals per canonical span name and job, kept in step with each batch: one name over all jobs is one piece.
CREATE TABLE rs_job_span (
  name_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  count INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  -- How many of count had a duration; sum_ms is over those.
  timed INTEGER NOT NULL,
  sum_ms REAL NOT NULL,
  PRIMARY KEY (name_id, number)
) WITHOUT ROWID;

-- What the model calls of a job add up to.
CREATE TABLE rs_job_call (
  number INTEGER PRIMARY KEY,
  calls INTEGER NOT NULL,
  input_tokens REAL NOT NULL,
  -- How many calls said it.
  input_known INTEGER NOT NULL,
  output_tokens REAL NOT NULL,
  output_known INTEGER NOT NULL,
  -- Of the first call.
  first_token_ms REAL,
  load_ms REAL,
  -- Tokens and time of the calls whose speed is known.
  prompt_tokens REAL NOT NULL,
  prompt_ms REAL NOT NULL,
  generated_tokens REAL NOT NULL,
  generated_ms REAL NOT NULL,
  -- 1 server, 2 client, 3 derived, 0 unknown: the least direct of them.
  speed_source INTEGER NOT NULL
);

-- What an agent says that it used, where no call of its model is seen.
ALTER TABLE rs_job ADD COLUMN tokens_in REAL;
ALTER TABLE rs_job ADD COLUMN tokens_out REAL;

-- Grows with every change of a board row except its counts of spans.
CREATE TABLE rs_version (jobs INTEGER NOT NULL);
INSERT INTO rs_version VALUES (0);
CREATE TRIGGER rs_job_added AFTER INSERT ON rs_job BEGIN UPDATE rs_version SET jobs = jobs + 1; END;
CREATE TRIGGER rs_job_left AFTER DELETE ON rs_job BEGIN UPDATE rs_version SET jobs = jobs + 1; END;
CREATE TRIGGER rs_job_changed AFTER UPDATE OF status ON rs_job BEGIN UPDATE rs_version SET jobs = jobs + 1; END;

-- Every event is folded again when the store is opened.
DELETE FROM rs_rollup;
DELETE FROM rs_meta WHERE key = 'indexed_event_id';
UPDATE rs_job SET span_count = 0, error_count = 0;
`,
  },
  {
    name: '2026-11-22-08-result-tokens',
    scope: 'own',
    sql: `
-- As factsOf() reads them; a result that is no strict JSON keeps none.
UPDATE rs_job SET
  tokens_out = t.output,
  tokens_in = CASE WHEN t.total > t.output THEN t.total - t.output END
FROM (
  SELECT job_id, total,
    nullif(max(output, 0) + CASE WHEN output > 0 THEN max(reasoning, 0) ELSE 0 END, 0) AS output
  FROM (
    SELECT job_id,
      coalesce(json_extract(result, '$.telemetry.tokens.total'), 0) AS total,
      coalesce(json_extract(result, '$.telemetry.tokens.output'), 0) AS output,
      coalesce(json_extract(result, '$.telemetry.tokens.agent_reasoning'), 0) AS reasoning
    FROM (
      SELECT job_id,
        CASE WHEN typeof(result_json) = 'text' AND json_valid(result_json) THEN result_json ELSE '{}' END AS result
      FROM jobs
    )
  )
  WHERE typeof(total) IN ('integer', 'real') AND typeof(output) IN ('integer', 'real')
    AND typeof(reasoning) IN ('integer', 'real')
) AS t
WHERE t.job_id = rs_job.job_id;
`,
  },
  {
    name: '2026-11-22-09-comparisons',
    scope: 'own',
    sql: `
-- Comparisons under their names; query is the view's own link.
CREATE TABLE rs_comparison (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  query TEXT NOT NULL,
  saved_at REAL NOT NULL
) WITHOUT ROWID;
`,
  },
];
