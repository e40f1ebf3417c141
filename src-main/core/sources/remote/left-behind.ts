import { prepared } from '#core/store/prepared.ts';
import type { RemoteStore } from './remote-store.ts';
import type { RemoteArtifact } from './wire.ts';

/** What a job left behind, without its bytes: those are fetched when they are asked for. */
export function takeArtifacts(store: RemoteStore, jobId: string, artifacts: readonly RemoteArtifact[]): void {
  store.changing(() => {
    for (const { artifact_id, kind, name, size_bytes, sha256, created_at } of artifacts) {
      prepared(store.db, "INSERT OR IGNORE INTO audit_artifact VALUES (?, ?, ?, ?, ?, ?, x'', ?)").run(
        artifact_id,
        jobId,
        kind,
        name ?? artifact_id,
        size_bytes,
        sha256,
        created_at ?? store.now(),
      );
    }
  });
}

export type MissingArtifact = Pick<RemoteArtifact, 'artifact_id' | 'sha256' | 'size_bytes'>;

/** An artifact whose bytes are not here yet; null: they are, or there is none. */
export const missingArtifact = (
  { db }: RemoteStore,
  jobId: string,
  artifactId: string,
): MissingArtifact | null =>
  (prepared(
    db,
    'SELECT artifact_id, sha256, size_bytes FROM audit_artifact WHERE job_id = ? AND artifact_id = ? AND length(content) <> size_bytes',
  ).get(jobId, artifactId) as MissingArtifact | undefined) ?? null;

export function keepArtifact(store: RemoteStore, artifactId: string, content: Buffer): void {
  store.changing(() => {
    prepared(store.db, 'UPDATE audit_artifact SET content = ? WHERE artifact_id = ?').run(
      content,
      artifactId,
    );
  });
}

/** A chain's state, as the remote has it. */
export function takeChain(
  store: RemoteStore,
  jobId: string,
  state: { readonly overall_status: string },
): void {
  store.changing(() => {
    prepared(
      store.db,
      `INSERT INTO chain_state (job_id, state_json, overall_status, updated_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (job_id) DO UPDATE SET state_json = excluded.state_json, overall_status = excluded.overall_status,
         updated_at = excluded.updated_at`,
    ).run(jobId, JSON.stringify(state), state.overall_status, store.now());
  });
}
