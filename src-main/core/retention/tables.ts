/** What a deleted job takes along. Keyed by its id, unless it says otherwise; tested against the tables there are. */
export const DELETED = [
  'jobs',
  'workflow_events',
  'chain_state',
  'audit_artifact',
  'rs_job',
  'rs_job_run',
  'rs_open_span',
  'rs_trace',
  'rs_job_number',
  'rs_log',
  'rs_otlp_span',
  'rs_otlp_out',
] as const;

/** What stays, and why. */
export const KEPT: Readonly<Record<string, string>> = {
  idempotency_keys: 'The same key again must not run, and pay for, the same work again.',
  rs_estimate: 'Estimates are judged by what came; budgets count what is promised.',
  rs_outcome: 'Budgets and spending reports are of all that was spent, and later estimates learn from it.',
  rs_rental: 'The ledger of what was rented is never shortened.',
  rs_rental_use: 'It says which job had which rental when.',
  rs_archive_delivery: 'It says where the archive has the result.',
  rs_archive_outbox: 'Nothing with a row here is deleted.',
  rs_retired: 'It says that there was such a job, and whose it was.',
};
