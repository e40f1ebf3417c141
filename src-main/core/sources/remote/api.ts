import { createHash } from 'node:crypto';
import type { JobKind, JsonObject } from '#shared/model/job.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import { askBytes, askJson, type Remote } from './call.ts';
import { oddFailure, RemoteFailure } from './failures.ts';
import * as wire from './wire.ts';

/** `runescope` lists its jobs and takes approvals; `rune` does not. */
export type Flavour = 'runescope' | 'rune';

const POLL_LIMIT_MS: Milliseconds = 10_000;
const ARTIFACT_LIMIT = 128 * 1024 * 1024;
const inPath = (id: string): string => encodeURIComponent(id);

/** Whether a 404 is RUNE's word that there is no such job, and not a path that is unknown. */
export const isNoJob = (thrown: unknown): boolean =>
  thrown instanceof RemoteFailure &&
  thrown.status === 404 &&
  thrown.code !== 'remote.bad_response' &&
  /job|run not found/i.test(`${thrown.detail ?? ''} ${thrown.code === 'job.not_found' ? 'job' : ''}`);

export const isNoPath = (thrown: unknown): boolean =>
  thrown instanceof RemoteFailure && (thrown.status === 404 || thrown.status === 405);

/** Who is there, and whether it lets us in. Throws RemoteFailure. */
export async function probe(remote: Remote, signal: AbortSignal): Promise<Flavour> {
  await askJson(remote, { path: '/healthz', limitMs: POLL_LIMIT_MS, signal }, wire.health);
  try {
    await listJobs(remote, 1, 0, signal);
    return 'runescope';
  } catch (thrown) {
    // RUNE looks at the token before the path, so that this answer is from somebody who knows us.
    if (isNoPath(thrown) && (thrown as RemoteFailure).code === 'remote.http_status') return 'rune';
    throw thrown;
  }
}

export const listJobs = (remote: Remote, limit: number, offset: number, signal: AbortSignal) =>
  askJson(
    remote,
    { path: `/v1/jobs?limit=${limit}&offset=${offset}`, limitMs: POLL_LIMIT_MS, signal },
    wire.remotePage,
  );

/** Throws `remote.bad_response` for another job than was asked for, or one of another tenant. */
export async function getJob(remote: Remote, jobId: string, signal: AbortSignal): Promise<wire.RemoteJob> {
  const job = await askJson(
    remote,
    { path: `/v1/jobs/${inPath(jobId)}`, limitMs: POLL_LIMIT_MS, signal },
    wire.remoteJob,
  );
  if (job.job_id !== jobId) throw oddFailure(remote.who, 'another job than the one that was asked for');
  if (!isOurs(remote, job)) throw oddFailure(remote.who, `a job of another tenant ("${job.tenant_id}")`);
  return job;
}

/** A remote that does not say whose a job is was asked as our tenant. */
export const isOurs = (remote: Remote, job: wire.RemoteSummary): boolean =>
  job.tenant_id === null || job.tenant_id === remote.tenant;

export interface Submission {
  readonly kind: JobKind;
  readonly body: JsonObject;
  /** The same again is the same job there. */
  readonly key: string;
  readonly approvedUsd: Usd | null;
}

export async function submitJob(
  remote: Remote,
  { kind, body, key, approvedUsd }: Submission,
  signal: AbortSignal,
): Promise<string> {
  const { job_id } = await askJson(
    remote,
    {
      method: 'POST',
      path: `/v1/jobs/${kind}`,
      body,
      headers: {
        'idempotency-key': key,
        ...(approvedUsd !== null && { 'x-approved-usd': String(approvedUsd) }),
      },
      signal,
    },
    wire.accepted,
  );
  return job_id;
}

export const cancelJob = (remote: Remote, jobId: string, signal: AbortSignal) =>
  askJson(remote, { method: 'DELETE', path: `/v1/jobs/${inPath(jobId)}`, signal }, wire.cancelled);

/** Our event rows after `afterId`, at most `limit`; v1-old answers with all. */
export const listEvents = (
  remote: Remote,
  jobId: string,
  afterId: number,
  limit: number,
  signal: AbortSignal,
) =>
  askJson(
    remote,
    { path: `/v1/jobs/${inPath(jobId)}/events?after_id=${afterId}&limit=${limit}`, signal },
    wire.eventPage,
  ).then(({ events }) => events);

export const listArtifacts = (remote: Remote, jobId: string, signal: AbortSignal) =>
  askJson(remote, { path: `/v1/runs/${inPath(jobId)}/artifacts`, signal }, wire.artifactList).then(
    ({ artifacts }) => artifacts,
  );

/** Throws `remote.bad_response` for bytes that are not those of the list. */
export async function artifactBytes(
  remote: Remote,
  jobId: string,
  artifact: { readonly artifact_id: string; readonly sha256: string; readonly size_bytes: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const { bytes } = await askBytes(remote, {
    path: `/v1/runs/${inPath(jobId)}/artifacts/${inPath(artifact.artifact_id)}`,
    headers: { accept: '*/*' },
    limitMs: 120_000,
    limitBytes: ARTIFACT_LIMIT,
    signal,
  });
  if (bytes.length !== artifact.size_bytes || sha256(bytes) !== artifact.sha256)
    throw oddFailure(remote.who, 'other bytes than its list of artifacts promises');
  return bytes;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const chainState = (remote: Remote, jobId: string, signal: AbortSignal) =>
  askJson(remote, { path: `/v1/chains/${inPath(jobId)}/state`, signal }, wire.chainState);

export const estimate = (remote: Remote, body: object, signal: AbortSignal): Promise<wire.RemoteEstimate> =>
  askJson(remote, { method: 'POST', path: '/v1/estimates', body, signal }, wire.estimateAnswer);
