import type { Failure } from './failure.ts';
import type { EpochSeconds } from './units.ts';

/** Something that listens, or does not. */
export interface Listening {
  readonly enabled: boolean;
  readonly url: string | null;
  /** Why it does not listen although it should. */
  readonly trouble: Failure | null;
}

export interface OtlpInStatus extends Listening {
  readonly received_spans: number;
  readonly rejected_spans: number;
  /** Answered with 429 or 503: the sender was told to come again. */
  readonly deferred_requests: number;
}

export interface OtlpOutStatus {
  readonly enabled: boolean;
  readonly endpoint: string | null;
  readonly sent_jobs: number;
  readonly waiting_jobs: number;
  readonly last_sent_at: EpochSeconds | null;
  readonly trouble: Failure | null;
}

export interface HttpStatus {
  readonly api: Listening & { readonly tenants: readonly string[]; readonly auth: boolean };
  readonly metrics: Listening;
  readonly otlp_in: OtlpInStatus;
  readonly otlp_out: OtlpOutStatus;
}

/** What retention would delete, and why the rest stays. */
export interface RetentionPlan {
  readonly jobs: number;
  readonly bytes: number;
  readonly oldest_at: EpochSeconds | null;
  readonly newest_at: EpochSeconds | null;
  /** Old or large enough to go, and not in the archive yet. */
  readonly kept_unarchived: number;
  /** A few of them, to be looked at. */
  readonly sample: readonly { readonly job_id: string; readonly finished_at: EpochSeconds | null }[];
  /** Names this very plan: what is deleted is what was shown. */
  readonly token: string;
}
