import { z } from 'zod';
import { isTerminal, type JobArtifact, type JobDetail, type JsonObject } from '#shared/model/job.ts';
import { type EpochMicroseconds, toEpochMicroseconds } from '#shared/model/units.ts';
import type { Db } from './database.ts';
import { readJobRow } from './edge-rows.ts';
import { STALE_AFTER_US } from './infer.ts';
import { factsOf, readPayload } from './job-facts.ts';
import { deriveImportedJobRow, errorCodeOf, normaliseKind, normaliseStatus, toJobRow } from './job-index.ts';
import { parseObject } from './lenient-json.ts';
import { prepared } from './prepared.ts';
import type { RsJobRow, RuneJobRow } from './rows.ts';
import { lastEventId, type TraceStore } from './trace-reader.ts';

interface JobRun {
  readonly collector: string;
  readonly estimate_json: string | null;
  readonly error_json: string | null;
}

const storedFailure = z.object({ code: z.string(), message: z.string(), detail: z.string().optional() });

/** Everything a store says about one job; null when it has no such job. */
export function readJobDetail(
  store: TraceStore & { readonly hasArtifacts: boolean },
  jobId: string,
  now: EpochMicroseconds,
): JobDetail | null {
  const raw = prepared(store.source, 'SELECT * FROM jobs WHERE job_id = ?').get(jobId);
  if (raw === undefined) return null;
  const job = readJobRow(raw);
  const run = store.recorded ? readRun(store.source, jobId) : undefined;
  const indexed = prepared(store.index, 'SELECT * FROM rs_job WHERE job_id = ?').get(jobId) as
    | RsJobRow
    | undefined;
  const row = toJobRow(indexed ?? deriveImportedJobRow(job, {}, store.quantised));
  const payload = readPayload(job);
  const facts = factsOf(row.kind, payload);
  return {
    ...row,
    request: payload.request,
    result: payload.result,
    error: errorOf(row.status, job, run),
    estimate: estimateOf(row.kind, payload.result, run),
    artifacts: store.hasArtifacts ? readArtifacts(store.source, jobId) : [],
    spans_recorded:
      run === undefined
        ? !isTerminal(row.status) || lastEventId(store, jobId) > 0
        : run.collector === 'sqlite',
    notes: [
      ...payload.notes,
      ...(run === undefined ? [...importNotes(job, store.quantised, now), ...facts.notes] : []),
      ...staleErrorNotes(row.status, job),
    ],
  };
}

const readRun = (db: Db, jobId: string): JobRun | undefined =>
  prepared(db, 'SELECT collector, estimate_json, error_json FROM rs_job_run WHERE job_id = ?').get(jobId) as
    | JobRun
    | undefined;

function errorOf(status: string, job: RuneJobRow, run: JobRun | undefined): JobDetail['error'] {
  const code = errorCodeOf(status, job.error);
  if (code === null) return null;
  const stored = storedFailure.safeParse(parseObject(run?.error_json).value);
  if (stored.success) return stored.data;
  return { code, message: job.error ?? job.message ?? 'The store holds no error message.' };
}

function estimateOf(kind: string, result: JsonObject | null, run: JobRun | undefined): JsonObject | null {
  return parseObject(run?.estimate_json).value ?? (kind === 'cost-estimate' ? result : null);
}

/** A worker that was cancelled too late overwrites the status and leaves the cancel's error (reference: job store §4). */
function staleErrorNotes(status: string, job: RuneJobRow): string[] {
  if (job.error === null || job.error === '' || status === 'failed' || status === 'cancelled') return [];
  return [
    `The record also holds an older error, "${job.error.slice(0, 200)}", which its status ${status} contradicts.`,
  ];
}

function importNotes(job: RuneJobRow, quantised: boolean, now: EpochMicroseconds): string[] {
  const notes: string[] = [];
  const status = normaliseStatus(job.status);
  if (status !== job.status) notes.push(`status: "${job.status}" in the store.`);
  if (normaliseKind(job.kind) !== job.kind) notes.push(`kind: "${job.kind}" in the store.`);
  if (quantised)
    notes.push('Times in this store are rounded to 128 s (a Postgres export): no durations are shown.');
  else if (isTerminal(status)) {
    notes.push('duration: from creation to the last update, queue time included; RUNE records no start.');
  }
  if (!isTerminal(status) && now - toEpochMicroseconds(job.updated_at) > STALE_AFTER_US) {
    notes.push(
      `Nobody has updated this job for more than a day: RUNE leaves "${job.status}" behind when its server stops.`,
    );
  }
  return notes;
}

function readArtifacts(db: Db, jobId: string): JobArtifact[] {
  return prepared(
    db,
    'SELECT artifact_id, kind, name, size_bytes, sha256, created_at FROM audit_artifact WHERE job_id = ? ORDER BY created_at, artifact_id',
  ).all(jobId) as JobArtifact[];
}
