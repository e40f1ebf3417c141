import { LOG_LEVELS, type LogLine } from '#shared/model/logs.ts';

/** A row of rs_log as SQLite returns it; its level is the place in LOG_LEVELS. */
export interface RsLogRow {
  readonly seq: number;
  readonly at: number;
  readonly level: number;
  readonly logger: string;
  readonly event: string;
  readonly message: string;
  readonly tenant_id: string | null;
  readonly job_id: string | null;
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly fields_json: string | null;
}

/** In the order in which a row's values are written. */
export const LOG_COLUMNS = [
  'at',
  'level',
  'logger',
  'event',
  'message',
  'tenant_id',
  'job_id',
  'trace_id',
  'span_id',
  'fields_json',
] as const;

export const levelNumber = (level: LogLine['level']): number => LOG_LEVELS.indexOf(level);

export function toLogLine({ fields_json, level, ...row }: RsLogRow): LogLine {
  return {
    ...row,
    level: LOG_LEVELS[level] ?? 'info',
    fields: fields_json === null ? {} : (JSON.parse(fields_json) as LogLine['fields']),
  };
}
