import type { Failure } from './failure.ts';

/** `own`; `store-<digest>`: an opened RUNE file; `imported`; `archive:<target>:<key>`: one archived result;
 * `file-<digest>`: an opened trace file; `remote:<id>`; `external`. */
export type SourceId = string;
export const OWN: SourceId = 'own';
/** Results imported from archives, in a store of their own beside ours. */
export const IMPORTED: SourceId = 'imported';
/** Traces that came over OTLP and belong to no job of ours: each is shown as one. */
export const EXTERNAL: SourceId = 'external';
/** The source that is a rune-api of the settings. */
export const remoteSource = (remote: string): SourceId => `remote:${remote}`;

const ARCHIVED = /^archive:([^:]+):(.+)$/s;
/** The source that is one archived result. Target names hold no colon. */
export const archivedSource = (target: string, key: string): SourceId => `archive:${target}:${key}`;
/** Target and key of such a source; null for every other. */
export function archivedParts(source: SourceId): { readonly target: string; readonly key: string } | null {
  const [, target, key] = ARCHIVED.exec(source) ?? [];
  return target === undefined || key === undefined ? null : { target, key };
}

/** What a source can and cannot say; a view shows the reason instead of an empty chart. */
export interface SourceInfo {
  readonly source: SourceId;
  readonly kind: 'own' | 'store' | 'archive' | 'file' | 'remote' | 'external';
  /** For people: "This computer", or the file's name. */
  readonly title: string;
  readonly path: string;
  readonly writable: boolean;
  /** A private copy is open because the folder cannot hold SQLite's -wal/-shm siblings: later writes do not show. */
  readonly snapshot: boolean;
  /** Indexed up to here; a foreign store answers slowly until the two are equal. */
  readonly indexed_events: number;
  readonly total_events: number;
  readonly provides: {
    readonly recorded_starts: boolean;
    readonly recorded_parents: boolean;
    readonly live: boolean;
    readonly cancel: boolean;
    readonly estimates: boolean;
  };
  readonly notes: readonly string[];
  /** Why it cannot be reached at the moment; what is shown is what was known before. */
  readonly trouble?: Failure | undefined;
}
