import type { LogQuery } from '#shared/contract/http.ts';
import { LOG_LEVELS, type LogLine, type LogPage } from '#shared/model/logs.ts';

/** A line of the log, as an engine keeps it. */
export const madeLine = (part: Partial<LogLine> & { readonly seq: number }): LogLine => ({
  at: 1_800_000_000 + part.seq,
  level: 'info',
  logger: 'job',
  event: 'job.started',
  message: `The job is running (${part.seq}).`,
  tenant_id: null,
  job_id: null,
  trace_id: null,
  span_id: null,
  fields: {},
  ...part,
});

/** Answers as the engine does: the newest that match, the oldest of them first. */
export function answerLogs(all: readonly LogLine[], query: Partial<LogQuery>): LogPage {
  const { level = 'debug', limit = 500, after_seq = 0, before_seq = Number.POSITIVE_INFINITY } = query;
  const prefix = query.event?.replace(/\.\*$/, '');
  const matches = all.filter(
    (line) =>
      LOG_LEVELS.indexOf(line.level) >= LOG_LEVELS.indexOf(level) &&
      line.seq > after_seq &&
      line.seq < before_seq &&
      (prefix === undefined || line.event === prefix || line.event.startsWith(`${prefix}.`)) &&
      (query.text === undefined || line.message.includes(query.text)) &&
      (query.job_id === undefined || line.job_id === query.job_id) &&
      (query.from === undefined || line.at >= query.from),
  );
  return { lines: matches.slice(-limit), more: matches.length > limit };
}
