/**
 * Expected failures are data: a stable code, a sentence a person can act on, and what to do next.
 * The part before the dot names the layer that found out.
 */
export const FAILURE_CODES = [
  'request.invalid',
  'request.unknown_field',
  'request.too_large',
  'request.secret_in_url',
  'job.not_found',
  'job.not_cancellable',
  'job.failed',
  'job.timeout',
  'job.cancelled',
  'job.interrupted',
  'job.idempotency_conflict',
  'agent.unknown',
  'agent.not_configured',
  'agent.bad_answer',
  'driver.spawn_failed',
  'driver.exit',
  'driver.no_output',
  'driver.bad_output',
  'driver.output_too_large',
  'driver.error',
  'driver.timeout',
  'driver.mode_refused',
  'driver.unreachable',
  'driver.http_status',
  'backend.unreachable',
  'backend.http_status',
  'backend.bad_response',
  'backend.interrupted',
  'backend.model_not_found',
  'backend.warmup_timeout',
  'backend.timeout',
  'backend.no_credentials',
  'provider.unsupported',
  'provider.no_backend_url',
  'provider.no_credentials',
  'provider.no_offer',
  'provider.price_rose',
  'provider.model_does_not_fit',
  'provider.create_failed',
  'provider.boot_timeout',
  'provider.instance_failed',
  'provider.no_port',
  'vastai.bad_key',
  'vastai.unreachable',
  'vastai.rate_limited',
  'vastai.http_status',
  'vastai.bad_response',
  'vastai.invalid_args',
  'vastai.offer_taken',
  'rental.not_found',
  'rental.not_gone',
  'rental.approval_needed',
  'cost.provider_unavailable',
  'cost.no_provider',
  'cost.unpriced',
  'cost.approval_needed',
  'cost.budget_exceeded',
  'cost.budget_reached',
  'cost.price_invalid',
  'chain.invalid',
  'chain.step_failed',
  'attestation.unsupported',
  'http.unauthorized',
  'http.rate_limited',
  'http.port_taken',
  'http.refused',
  'otlp.invalid',
  'otlp.busy',
  'otlp.unreachable',
  'otlp.refused',
  'trace_file.unknown_format',
  'trace_file.invalid',
  'remote.unreachable',
  'remote.unauthorized',
  'remote.http_status',
  'remote.bad_response',
  'retention.stale',
  'artifact.not_found',
  'store.not_found',
  'store.not_sqlite',
  'store.not_rune',
  'store.damaged',
  'store.locked',
  'store.unreadable',
  'store.full',
  'store.newer_schema',
  'source.unknown',
  'source.cannot_provide',
  'archive.write_failed',
  'archive.conflict',
  'archive.target_unknown',
  'archive.unsupported',
  'archive.unreachable',
  'archive.tls_failed',
  'archive.access_denied',
  'archive.bad_credentials',
  'archive.clock_skew',
  'archive.no_bucket',
  'archive.wrong_region',
  'archive.checksum_refused',
  'archive.server_error',
  'archive.bad_listing',
  'archive.not_found',
  'archive.object_changed',
  'archive.too_large',
  'archive.not_json',
  'archive.not_a_result',
  'archive.hash_mismatch',
  'archive.checksum_mismatch',
  'archive.key_mismatch',
  'archive.time_mismatch',
  'archive.bad_key',
  'archive.index_unreadable',
  'settings.invalid',
  'secret.unavailable',
  'secret.not_found',
  'engine.already_running',
  'engine.runtime_too_old',
  'access.denied',
  'internal',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

export interface Failure {
  readonly code: FailureCode;
  /** One sentence: what happened and what to do. Never a stack trace, never a secret. */
  readonly message: string;
  /** More of the same, for the details panel (a driver's stderr tail, the server's answer). */
  readonly detail?: string | undefined;
  /** True when the same call may well succeed when repeated. */
  readonly retryable?: boolean | undefined;
}

/** An expected failure on its way up; everything else that is thrown is a bug. */
export class CodedError extends Error implements Failure {
  readonly code: FailureCode;
  readonly detail?: string | undefined;
  readonly retryable?: boolean | undefined;

  constructor(
    code: FailureCode,
    message: string,
    more: { detail?: string | undefined; retryable?: boolean | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CodedError';
    this.code = code;
    this.detail = more.detail;
    this.retryable = more.retryable;
  }
}

/** The failure a thrown value stands for; bugs become `internal` with their own message. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof CodedError) {
    return {
      code: thrown.code,
      message: thrown.message,
      ...(thrown.detail === undefined ? {} : { detail: thrown.detail }),
      ...(thrown.retryable === undefined ? {} : { retryable: thrown.retryable }),
    };
  }
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** What an aborted AbortSignal stands for: the coded failure it carries as its reason, or the caller's cancel. */
export const abortFailure = (signal: { readonly reason: unknown }): CodedError =>
  signal.reason instanceof CodedError
    ? signal.reason
    : new CodedError('job.cancelled', 'The call was cancelled.', { cause: signal.reason });
