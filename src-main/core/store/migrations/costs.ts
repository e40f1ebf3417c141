import type { Migration } from './migration.ts';

/** Estimates, outcomes, prices; where jobs ran. */
export const COSTS: readonly Migration[] = [
  {
    name: '2026-11-22-10-costs',
    scope: 'own',
    sql: `
-- Every estimate of a job, and what it claimed. Those outside a job are spans only.
CREATE TABLE rs_estimate (
  job_id TEXT PRIMARY KEY,
  at REAL NOT NULL,
  provider TEXT NOT NULL,
  -- Somebody sends a bill for it.
  paid INTEGER NOT NULL,
  projected_usd REAL,
  low_50 REAL, high_50 REAL,
  low_80 REAL, high_80 REAL,
  low_95 REAL, high_95 REAL,
  confidence REAL NOT NULL,
  basis TEXT NOT NULL
) WITHOUT ROWID;

-- How jobs ended, in the order in which they did; what estimates of later jobs learn from.
CREATE TABLE rs_outcome (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL UNIQUE,
  ended_at REAL NOT NULL,
  status TEXT NOT NULL,
  demo INTEGER NOT NULL,
  provider TEXT NOT NULL,
  backend_type TEXT,
  model TEXT,
  agent TEXT,
  duration_s REAL,
  tokens_in REAL,
  tokens_out REAL,
  actual_usd REAL,
  actual_basis TEXT NOT NULL,
  -- log(actual / projected), where both are known and more than nothing.
  log_ratio REAL,
  -- What the jobs behind the projected amount had in common with this one; null where it was no history.
  grounds TEXT
);
CREATE INDEX idx_rs_outcome_ended ON rs_outcome(ended_at);
-- The latest of each group are the head of an index, whatever there is of older ones.
CREATE INDEX idx_rs_outcome_agent ON rs_outcome(provider, backend_type, model, agent, seq)
  WHERE status = 'succeeded' AND demo = 0;
CREATE INDEX idx_rs_outcome_model ON rs_outcome(provider, backend_type, model, seq)
  WHERE status = 'succeeded' AND demo = 0;
CREATE INDEX idx_rs_outcome_backend ON rs_outcome(provider, backend_type, seq)
  WHERE status = 'succeeded' AND demo = 0;
CREATE INDEX idx_rs_outcome_provider ON rs_outcome(provider, seq)
  WHERE status = 'succeeded' AND demo = 0;
CREATE INDEX idx_rs_residual_agent ON rs_outcome(provider, backend_type, model, agent, grounds, seq, log_ratio)
  WHERE status = 'succeeded' AND demo = 0 AND log_ratio IS NOT NULL;
CREATE INDEX idx_rs_residual_model ON rs_outcome(provider, backend_type, model, grounds, seq, log_ratio)
  WHERE status = 'succeeded' AND demo = 0 AND log_ratio IS NOT NULL;
CREATE INDEX idx_rs_residual_backend ON rs_outcome(provider, backend_type, grounds, seq, log_ratio)
  WHERE status = 'succeeded' AND demo = 0 AND log_ratio IS NOT NULL;
CREATE INDEX idx_rs_residual_provider ON rs_outcome(provider, grounds, seq, log_ratio)
  WHERE status = 'succeeded' AND demo = 0 AND log_ratio IS NOT NULL;

-- Jobs of before teach their durations and tokens; what they cost was estimated by other rules.
INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s,
  tokens_in, tokens_out, actual_usd, actual_basis)
SELECT job_id, finished_at, status, demo, 'local', backend_type, model, agent, duration_ms / 1000,
  tokens_in, tokens_out, cost_usd, CASE WHEN cost_usd IS NULL THEN 'unknown' ELSE 'hardware-derived' END
FROM rs_job
WHERE status IN ('succeeded', 'failed', 'cancelled') AND finished_at IS NOT NULL AND kind IN ('agentic-agent', 'benchmark')
ORDER BY finished_at, job_id;

-- Prices as their APIs said them, with their date.
CREATE TABLE rs_price (
  id TEXT PRIMARY KEY,
  row_json TEXT NOT NULL,
  fetched_at REAL NOT NULL
) WITHOUT ROWID;
`,
  },
  {
    name: '2026-11-22-11-budget',
    scope: 'own',
    sql: `
-- What was paid since a moment, from the index alone.
CREATE INDEX idx_rs_outcome_budget ON rs_outcome(ended_at, actual_basis, actual_usd, job_id)
  WHERE demo = 0 AND actual_basis <> 'hardware-derived';
`,
  },
  {
    name: '2026-11-22-12-backend-url',
    scope: 'index',
    sql: `
-- Which server answered, without what a URL may hold of secrets: two of one type are not one machine.
ALTER TABLE rs_job ADD COLUMN backend_url TEXT;
`,
  },
  {
    name: '2026-11-22-13-backend-url-of-jobs',
    scope: 'own',
    sql: `
-- As factsOf() reads it. What could hold a secret is left out: it would have to be cleaned first.
UPDATE rs_job SET backend_url = rtrim(t.url, '/')
FROM (
  SELECT job_id, coalesce(
    json_extract(result, '$.backend_url'), json_extract(result, '$.ollama_url'),
    json_extract(request, '$.backend_url'), json_extract(request, '$.ollama_url')
  ) AS url
  FROM (
    SELECT job_id,
      CASE WHEN typeof(result_json) = 'text' AND json_valid(result_json) THEN result_json ELSE '{}' END AS result,
      CASE WHEN typeof(request_json) = 'text' AND json_valid(request_json) THEN request_json ELSE '{}' END AS request
    FROM jobs
  )
) AS t
WHERE t.job_id = rs_job.job_id AND typeof(t.url) = 'text' AND t.url LIKE 'http%://%'
  AND t.url NOT LIKE '%@%' AND t.url NOT LIKE '%?%' AND t.url NOT LIKE '%#%';
`,
  },
];
