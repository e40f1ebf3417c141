/** `own`, or `store-<digest>` for an opened RUNE file; later `archive`, `file`, `remote` sources join them. */
export type SourceId = string;
export const OWN: SourceId = 'own';

/** What a source can and cannot say; a view shows the reason instead of an empty chart. */
export interface SourceInfo {
  readonly source: SourceId;
  readonly kind: 'own' | 'store';
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
}
