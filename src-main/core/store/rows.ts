/** Rows exactly as SQLite returns them. */
export interface RuneJobRow {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly status: string;
  readonly request_json: string;
  readonly result_json: string | null;
  readonly error: string | null;
  readonly message: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface WorkflowEventRow {
  readonly id: number;
  readonly job_id: string | null;
  readonly event: string;
  readonly status: string;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly labels_json: string | null;
  readonly recorded_at: number;
}

export interface RsJobRow {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly status: string;
  readonly demo: number;
  readonly agent: string | null;
  readonly backend_type: string | null;
  readonly provider_type: string | null;
  readonly model: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly updated_at: number;
  readonly queue_ms: number | null;
  readonly duration_ms: number | null;
  readonly estimate_usd: number | null;
  readonly cost_usd: number | null;
  readonly tokens_total: number | null;
  readonly span_count: number;
  readonly error_count: number;
  readonly suspected_failure: number;
  readonly error_code: string | null;
  readonly message: string | null;
  readonly question: string | null;
  /** What the agent says that its model read and wrote. */
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
  /** Where its model answers, cleaned of what may be secret. */
  readonly backend_url: string | null;
}

export interface RsOpenSpanRow {
  readonly span_id: string;
  readonly job_id: string | null;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly start_us: number;
  readonly attributes_json: string;
}

export interface RsRollupRow {
  readonly event: string;
  readonly backend_type: string;
  readonly total: number;
  readonly ok: number;
  readonly error: number;
  readonly timed: number;
  readonly sum_ms: number;
  readonly min_ms: number | null;
  readonly max_ms: number | null;
}
