import type { RuneJobRow, WorkflowEventRow } from './rows.ts';

/**
 * SQLite checks no column types, so a row of a store that others write may hold anything anywhere. Here it becomes
 * what rows.ts promises: what cannot be read is null, or '' and 0 where a column is required.
 */
export const MAX_DURATION_MS = 1e12;
type Loose = { readonly [column: string]: unknown };

export const textOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return Buffer.isBuffer(value) ? value.toString('utf8') : null;
};
const finite = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};

/** Epoch seconds up to the year 9999; anything else is no time. */
const time = (value: unknown): number | null => {
  const seconds = finite(value);
  return seconds === null || seconds < 0 || seconds > 253_402_300_799 ? null : seconds;
};

/** Milliseconds; negative ones become 0, absurd ones the most we draw, and what is no finite number is unknown. */
export const durationOf = (value: unknown): number | null => {
  const duration = finite(value);
  return duration === null ? null : Math.min(Math.max(0, duration), MAX_DURATION_MS);
};

export function readJobRow(raw: unknown): RuneJobRow {
  const row = raw as Loose;
  const createdAt = time(row.created_at) ?? 0;
  return {
    job_id: textOf(row.job_id) ?? '',
    tenant_id: textOf(row.tenant_id) ?? '',
    kind: textOf(row.kind) ?? '',
    status: textOf(row.status) ?? '',
    request_json: textOf(row.request_json) ?? '',
    result_json: textOf(row.result_json),
    error: textOf(row.error),
    message: textOf(row.message),
    created_at: createdAt,
    updated_at: time(row.updated_at) ?? createdAt,
  };
}

export function readEventRow(raw: unknown): WorkflowEventRow {
  const row = raw as Loose;
  return {
    id: finite(row.id) ?? 0,
    job_id: textOf(row.job_id),
    event: textOf(row.event) ?? '',
    status: textOf(row.status) ?? '',
    duration_ms: durationOf(row.duration_ms),
    error_type: textOf(row.error_type),
    labels_json: textOf(row.labels_json),
    recorded_at: time(row.recorded_at) ?? 0,
  };
}

/** RUNE writes ok and error. For anything else, an error_type decides. */
export const isErrorStatus = (status: string, errorType: string | null): boolean =>
  status === 'error' || (status !== 'ok' && errorType !== null);
