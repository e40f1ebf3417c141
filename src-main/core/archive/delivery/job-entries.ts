import type { Ports } from '#core/ports/ports.ts';
import { readChain } from '#core/store/chain-state.ts';
import type { Db } from '#core/store/database.ts';
import { readJobLog } from '#core/store/job-log.ts';
import { parseObject } from '#core/store/lenient-json.ts';
import { foreignRows, OTLP_FAILED, type OtlpRow } from '#core/store/otlp-rows.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isTerminal, type JobDetail, type JsonObject } from '#shared/model/job.ts';
import { traceIdOf } from '#shared/model/span.ts';
import { SPAN_INFERRED, SPAN_LOST } from '#shared/model/trace-columns.ts';
import { secretValuesOf } from '../record/redact.ts';
import {
  buildResultRecord,
  prepareOutboxEntry,
  type ResultInput,
  type ResultRecord,
  type SealedResult,
} from '../record/result-record.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import type { ArchiveEntry } from './outbox-rows.ts';

interface EventRow {
  readonly id: number;
  readonly event: string;
  readonly status: string;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly labels: JsonObject;
  readonly recorded_at: number;
  readonly span_id: string | null;
  readonly parent_span_id: string | null;
  readonly start_us: number | null;
  readonly duration_us: number | null;
  readonly flags: number | null;
}

type EntryTarget = Pick<ArchiveTarget, 'name' | 'prefix'>;

interface RecordSource {
  readonly source: { job(jobId: string): JobDetail };
  readonly db: Db;
  readonly jobId: string;
  readonly ports: Pick<Ports, 'appVersion' | 'env' | 'hostKind' | 'logger' | 'nodeVersion' | 'platform'>;
}

/** The record of one of our own ended jobs, as the archive gets it. Throws `job.not_found`, and where it has not ended. */
export const buildRecordOf = (from: RecordSource): ResultRecord => sealedResultOf(from).record;

function sealedResultOf({ source, db, jobId, ports }: RecordSource): SealedResult {
  const job = source.job(jobId);
  if (!isTerminal(job.status))
    throw new CodedError(
      'archive.unsupported',
      `Job ${jobId} has not ended. Its result is archived when it does.`,
    );
  const rows = readEvents(db, jobId);
  return buildResultRecord({
    job,
    spans: [...rows.map((row) => spanOf(row, jobId)), ...foreignRows(db, jobId).map(foreignSpanOf)],
    events: rows.map(eventOf),
    chain: readChain(db, jobId),
    logs: readJobLog(db, jobId, job.finished_at ?? job.updated_at),
    environment: {
      app_version: ports.appVersion,
      node: ports.nodeVersion,
      platform: ports.platform,
      host_kind: ports.hostKind,
    },
    secrets: secretValuesOf(ports.env),
  });
}

/** The entries of an ended job, one for each of `targets`, below its prefix. Throws as `buildRecordOf` does. */
export function makeEntries({
  targets,
  ...from
}: RecordSource & { readonly targets: readonly EntryTarget[] }): readonly ArchiveEntry[] {
  if (targets.length === 0) return [];
  const entry = prepareOutboxEntry(sealedResultOf(from));
  return targets.map(({ name, prefix }) => ({
    ...entry,
    target: name,
    key: prefix + entry.key.slice('results/'.length),
  }));
}

/**
 * The same for a job that has just ended, inside the transaction that ends it, on its connection. It never throws,
 * because no failure to archive may change how a job ended. `unsuccessful` false leaves out what did not succeed.
 */
export function archiveEntries({
  unsuccessful,
  ...from
}: RecordSource & {
  readonly targets: readonly EntryTarget[];
  readonly unsuccessful: boolean;
}): readonly ArchiveEntry[] {
  const { source, jobId, ports } = from;
  try {
    if (!unsuccessful && source.job(jobId).status !== 'succeeded') return [];
    return makeEntries(from);
  } catch (thrown) {
    ports.logger.log({
      level: 'error',
      event: 'archive.not_prepared',
      message: `The result of job ${jobId} will not be archived: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      job_id: jobId,
    });
    return [];
  }
}

const readEvents = (db: Db, jobId: string): readonly EventRow[] =>
  db
    .prepare<[string], Omit<EventRow, 'labels'> & { readonly labels_json: string | null }>(
      `SELECT e.id, e.event, e.status, e.duration_ms, e.error_type, e.labels_json, e.recorded_at,
              s.span_id, s.parent_span_id, s.start_us, s.duration_us, s.flags
         FROM workflow_events e LEFT JOIN rs_span s ON s.event_id = e.id
        WHERE e.job_id = ? ORDER BY e.id`,
    )
    .all(jobId)
    .map(({ labels_json, ...row }) => ({ ...row, labels: parseObject(labels_json).value ?? {} }));

const eventOf = (row: EventRow): ResultInput['events'][number] => ({
  id: row.id,
  event: row.event,
  status: row.status,
  duration_ms: row.duration_ms ?? 0,
  error_type: row.error_type,
  labels: row.labels,
  recorded_at: row.recorded_at,
});

/** With its parent and times as its sender gave them: whoever reads them joins them as we do. */
const foreignSpanOf = (row: OtlpRow): ResultInput['spans'][number] => ({
  trace_id: row.trace_id,
  span_id: row.span_id,
  parent_span_id: row.parent_span_id,
  name: row.name,
  start_time: row.start_us / 1e6,
  duration_ms: row.duration_us / 1000,
  status: (row.flags & OTLP_FAILED) === 0 ? 'ok' : 'error',
  error_type: row.error_type,
  attributes: parseObject(row.attributes_json).value ?? {},
  inferred: false,
  external: true,
  lost: false,
});

/** An event that another RUNE process wrote has no side row: its start follows from its end, its id from its row. */
function spanOf(row: EventRow, jobId: string): ResultInput['spans'][number] {
  const durationMs = row.duration_us === null ? Math.max(0, row.duration_ms ?? 0) : row.duration_us / 1000;
  const flags = row.flags ?? SPAN_INFERRED;
  return {
    trace_id: traceIdOf(jobId),
    span_id: row.span_id ?? row.id.toString(16).padStart(16, '0'),
    parent_span_id: row.parent_span_id,
    name: row.event,
    start_time: row.start_us === null ? row.recorded_at - durationMs / 1000 : row.start_us / 1e6,
    duration_ms: durationMs,
    status: row.status === 'ok' ? 'ok' : 'error',
    error_type: row.error_type,
    attributes: row.labels,
    inferred: (flags & SPAN_INFERRED) !== 0,
    lost: (flags & SPAN_LOST) !== 0,
  };
}
