/**
 * What a store knows of all its jobs at once, by column: row i of every column is one job. Views over many jobs
 * (comparison, explorer) read these instead of rows. Texts repeat, so they are numbers into `texts`.
 */
export interface JobColumns {
  readonly count: number;
  readonly job_id: readonly string[];
  readonly texts: readonly string[];
  /** Index into `texts`; -1 for none. */
  readonly tenant_id: Int32Array;
  readonly kind: Int32Array;
  readonly status: Int32Array;
  readonly agent: Int32Array;
  readonly backend_type: Int32Array;
  /** Where its model answers, without credentials. */
  readonly backend_url: Int32Array;
  readonly provider_type: Int32Array;
  readonly model: Int32Array;
  readonly question: Int32Array;
  readonly demo: Uint8Array;
  /** Epoch seconds. */
  readonly created_at: Float64Array;
  /** NaN is unknown, here and below. */
  readonly queue_ms: Float64Array;
  readonly duration_ms: Float64Array;
  readonly cost_usd: Float64Array;
  /** The answer looks like an error message. */
  readonly suspected_failure: Uint8Array;
}

/** The spans of one name, per job that has any. `row` is the job's row in JobColumns. */
export interface SpanColumns {
  readonly row: Int32Array;
  readonly count: Float64Array;
  readonly errors: Float64Array;
  /** Total time of those with a duration; NaN when none has. */
  readonly sum_ms: Float64Array;
}

/** What the model calls of each job add up to. NaN is unknown. */
export interface CallColumns {
  readonly row: Int32Array;
  readonly calls: Float64Array;
  readonly input_tokens: Float64Array;
  readonly output_tokens: Float64Array;
  /** Of the first call. */
  readonly first_token_ms: Float64Array;
  /** Of all calls. */
  readonly load_ms: Float64Array;
  /** Tokens over the time of their phase, over all calls. */
  readonly prompt_tokens_per_second: Float64Array;
  readonly output_tokens_per_second: Float64Array;
  /** 1 server, 2 client, 3 derived, 0 unknown: who measured the speeds. */
  readonly speed_source: Uint8Array;
}

export interface JobFigures {
  /** Changes whenever an answer would. */
  version(): string;
  /** False while events are still being indexed. */
  complete(): boolean;
  jobs(): JobColumns;
  /** Canonical name. */
  spans(event: string): SpanColumns;
  calls(): CallColumns;
  /** Span names with their totals, the most frequent first. */
  events(): readonly { readonly event: string; readonly total: number; readonly errors: number }[];
  /** A label's value per job that has it (of the first such span); values that are objects as JSON. Reads events: slow. */
  attribute(event: string, key: string): { readonly row: Int32Array; readonly value: readonly string[] };
}
