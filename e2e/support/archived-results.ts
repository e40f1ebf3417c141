import { canonicalJson } from '#core/archive/record/canonical.ts';
import { resultKey } from '#core/archive/record/key.ts';
import { type ResultRecord, recordSha256 } from '#core/archive/record/result-record.ts';
import { madeRecord } from '#core/testing/result-records.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import type { SeedItem } from '#core/testing/s3/object-store.ts';
import type { JsonObject } from '#shared/model/job.ts';

export const BUCKET = 'results';
const TENANTS = ['acme', 'blue-team', 'research'];
const KINDS = ['agentic-agent', 'benchmark', 'cost-estimate', 'llm-instance'];
const DAY_S = 86_400;

/** What makes a host or the command line use the bucket of a test server, and nothing else. */
export const bucketEnv = (
  endpoint: string,
  credential: { readonly accessKeyId: string; readonly secretAccessKey: string } = TEST_CREDENTIAL,
): Readonly<Record<string, string>> => ({
  RUNE_S3_ENDPOINT: endpoint,
  RUNE_S3_BUCKET: BUCKET,
  RUNE_S3_ACCESS_KEY_ID: credential.accessKeyId,
  RUNE_S3_SECRET_ACCESS_KEY: credential.secretAccessKey,
});

/** A job's result as it is delivered, ended at `endedAt`, with so many spans below its root. */
export function sealedResult(
  job: { readonly job_id: string; readonly tenant_id: string; readonly kind: string },
  endedAt: number,
  spans?: number,
): { readonly key: string; readonly body: Buffer; readonly record: ResultRecord } {
  const made = madeRecord(job, spans);
  const shift = endedAt - made.updated_at;
  const record = resealed({
    ...made,
    created_at: made.created_at + shift,
    started_at: (made.started_at ?? made.created_at) + shift,
    updated_at: endedAt,
    spans: made.spans.map((span) => ({ ...span, start_time: span.start_time + shift })),
    events: made.events.map((event) => ({ ...event, recorded_at: event.recorded_at + shift })),
  });
  return { key: resultKey({ ...job, ended_at: endedAt }), body: bytesOf(record), record };
}

/** The record with the hash of what it says now: what a careful forger would store. */
export function resealed(record: ResultRecord): ResultRecord {
  return { ...record, sha256: recordSha256(record as JsonObject) };
}

export const bytesOf = (record: ResultRecord): Buffer => Buffer.from(canonicalJson(record as JsonObject));

/** Sealed results of three tenants and four kinds over the 40 days up to `until` (epoch seconds). */
export function* sealedResults(seed: { readonly count: number; readonly until: number }): Iterable<SeedItem> {
  for (let i = 0; i < seed.count; i++) {
    const job = {
      job_id: `5eed0000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      tenant_id: TENANTS[i % TENANTS.length] ?? '',
      kind: KINDS[Math.floor(i / TENANTS.length) % KINDS.length] ?? '',
    };
    const endedAt = seed.until - (i % 40) * DAY_S;
    const { key, body } = sealedResult(job, endedAt, 4);
    yield { key, body, lastModified: (endedAt + 2) * 1000 };
  }
}
