import type { EpochSeconds } from './units.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One structured log record as it is kept. What a record is about beside these stands in `fields`. */
export interface LogLine {
  readonly seq: number;
  readonly at: EpochSeconds;
  readonly level: LogLevel;
  /** "job", "http", "archive": the part of the engine that speaks. */
  readonly logger: string;
  /** Stable dotted name of what happened. */
  readonly event: string;
  readonly message: string;
  readonly tenant_id: string | null;
  readonly job_id: string | null;
  /** The span it fell in. */
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly fields: { readonly [key: string]: string | number | boolean | null };
}

export interface LogPage {
  /** The oldest first. */
  readonly lines: readonly LogLine[];
  /** Older ones that match. */
  readonly more: boolean;
}
