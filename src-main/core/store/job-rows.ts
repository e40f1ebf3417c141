import type { ArtifactContent } from '#shared/contract/http.ts';
import type { EventRow } from '#shared/model/span.ts';
import type { Db } from './database.ts';
import { readEventRow, textOf } from './edge-rows.ts';
import { canonicalName } from './legacy.ts';
import { parseObject } from './lenient-json.ts';
import { prepared } from './prepared.ts';

/** RUNE's event rows of one job after `afterId`, in their order; names are today's. */
export function readEvents(db: Db, jobId: string, afterId: number, limit: number): EventRow[] {
  return prepared(db, 'SELECT * FROM workflow_events WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?')
    .all(jobId, afterId, limit)
    .map((raw) => {
      const { labels_json, ...row } = readEventRow(raw);
      return { ...row, event: canonicalName(row.event), labels: parseObject(labels_json).value ?? {} };
    });
}

/** What RUNE serves each kind of artifact as (reference: rune-api §6). */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  screenshot: 'image/png',
  sbom: 'application/json',
  slsa_provenance: 'application/json',
  rekor_entry: 'application/json',
  tla_report: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
};
const OTHER_TYPE = 'application/octet-stream';

/** One artifact with its bytes; null when this job has none of that id. */
export function readArtifact(db: Db, jobId: string, artifactId: string): ArtifactContent | null {
  const row = db
    .prepare('SELECT kind, name, sha256, content FROM audit_artifact WHERE job_id = ? AND artifact_id = ?')
    .get(jobId, artifactId) as { readonly [column: string]: unknown } | undefined;
  if (row === undefined) return null;
  const kind = textOf(row.kind) ?? '';
  const content = Buffer.isBuffer(row.content) ? row.content : Buffer.from(textOf(row.content) ?? '');
  return {
    name: textOf(row.name) ?? artifactId,
    kind,
    media_type: Object.hasOwn(MEDIA_TYPES, kind) ? (MEDIA_TYPES[kind] ?? OTHER_TYPE) : OTHER_TYPE,
    sha256: textOf(row.sha256) ?? '',
    content: new Blob([new Uint8Array(content)]),
  };
}
