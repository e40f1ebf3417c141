import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '#core/ports/ports.ts';
import type { Change } from '#core/store/change-feed.ts';
import { guardStore, storeFailure } from '#core/store/database.ts';
import { type FileWatch, watchStore } from '#core/store/file-watch.ts';
import {
  canOpenInPlace,
  type ForeignFile,
  type ForeignPath,
  fileState,
  foreignPath,
  openForeign,
} from '#core/store/foreign-file.ts';
import {
  ForeignIndex,
  type ForeignShape,
  openIndex,
  removeIndex,
  shapeOf,
} from '#core/store/foreign-index.ts';
import { toJobRow } from '#core/store/job-index.ts';
import { LiveSpans } from '#core/store/live-spans.ts';
import { indexedEventId } from '#core/store/rollup.ts';
import type { RsJobRow } from '#core/store/rows.ts';
import { RuneStore, type TraceThread } from '#core/store/rune-store.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { JobSource } from './job-source.ts';

export interface StorePorts {
  /** Private indexes and copies go to its folder `indexes`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}

/** A store of at most this many new events is indexed before it opens; the rest of a larger one while it is read. */
const INDEX_BEFORE_OPEN = 100_000;
/** Spans of larger traces are not told one by one: the job's row says that there are more. */
const MAX_LIVE_SPANS = 5000;
/** Jobs whose spans are told after one change. */
const MAX_LIVE_JOBS = 20;
/** The next private copy waits this many times as long as the last one took. */
const COPY_REST = 10;
/** After a look that failed (the file was locked, half replaced). */
const RETRY_MS: Milliseconds = 1000;

/** Opens a RUNE store that others own: never written, followed while it grows. Throws `store.*`. */
export async function openRuneStore(path: string, ports: StorePorts): Promise<JobSource> {
  const file = foreignPath(path);
  const indexDir = join(ports.dataDir, 'indexes');
  try {
    return await openOver(file, indexDir, ports);
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.code !== 'store.damaged') throw thrown;
    // It may be our own index that is damaged, and that one can be made again.
    removeIndex(indexDir, file.digest);
    return openOver(file, indexDir, ports);
  }
}

async function openOver(file: ForeignPath, indexDir: string, ports: StorePorts): Promise<JobSource> {
  const index = openIndex(indexDir, file.digest, toEpochSeconds(ports.clock.nowUs()));
  let opened: ForeignFile | null = null;
  try {
    const first = await openForeign(file, indexDir);
    opened = first;
    const shape = guardStore(file.path, () => shapeOf(first.db, file.path));
    const source = new ForeignSource(file, first, shape, new ForeignIndex(index), ports);
    await source.begin();
    return source;
  } catch (thrown) {
    opened?.close();
    index.close();
    throw whyNotOpened(file.path, thrown);
  }
}

function whyNotOpened(path: string, thrown: unknown): unknown {
  if ((thrown as { code?: unknown }).code !== 'SQLITE_ERROR') return storeFailure(path, thrown);
  // A question that every RUNE store answers was not understood.
  return new CodedError('store.not_rune', `${path} is a SQLite database, but no RUNE store.`, {
    detail: (thrown as Error).message,
    cause: thrown,
  });
}

class ForeignSource implements JobSource {
  private readonly file: ForeignPath;
  private opened: ForeignFile;
  private shape: ForeignShape;
  private readonly index: ForeignIndex;
  private readonly ports: StorePorts;
  private readonly store: RuneStore;
  private readonly listeners = new Set<(change: Change) => void>();
  private readonly live = new LiveSpans();
  private watching: FileWatch | null = null;
  private dataVersion: unknown = null;
  private closed = false;
  private busy = false;
  private again = false;
  /** The index holds less than the store although the store has not changed. */
  private behind = false;
  private copyAfterMs: Milliseconds = 0;
  private trouble: string | null = null;

  constructor(
    file: ForeignPath,
    opened: ForeignFile,
    shape: ForeignShape,
    index: ForeignIndex,
    ports: StorePorts,
  ) {
    this.file = file;
    this.opened = opened;
    this.shape = shape;
    this.index = index;
    this.ports = ports;
    this.store = new RuneStore(
      this.id,
      () => ({ path: file.path, source: this.opened.db, index: index.db, ...this.shape }),
      () => ports.clock.nowUs(),
      ports.thread ?? null,
    );
  }

  private get id(): string {
    return `store-${this.file.digest}`;
  }

  /** Indexes every job, and the events too unless there are very many. */
  async begin(): Promise<void> {
    this.index.resetUnlessOf(this.opened.db, this.shape);
    let batch = this.index.scanJobs(this.opened.db, this.shape, 0);
    while (batch !== null) {
      await nextTurn();
      batch = this.index.scanJobs(this.opened.db, this.shape, batch.next);
    }
    this.readDataVersion();
    this.index.syncJobs(this.opened.db, this.shape);
    let folded = 0;
    while (folded < INDEX_BEFORE_OPEN) {
      const more = this.index.foldEvents(this.opened.db, this.shape);
      if (more === 0) break;
      folded += more;
      await nextTurn();
    }
    this.watching = watchStore(this.file.path, () => void this.check());
    this.behind = folded >= INDEX_BEFORE_OPEN;
    // Also for what was written between the last fold and the watch.
    void this.check();
  }

  info(): SourceInfo {
    const indexed = indexedEventId(this.index.db);
    return {
      source: this.id,
      kind: 'store',
      title: basename(this.file.path),
      path: this.file.path,
      writable: false,
      snapshot: this.isSnapshot,
      indexed_events: indexed,
      total_events: Math.max(indexed, this.store.lastEvent()),
      provides: {
        recorded_starts: this.shape.recorded,
        recorded_parents: this.shape.recorded,
        live: !this.isSnapshot,
        cancel: false,
        estimates: this.shape.recorded,
      },
      notes: this.notes(),
    };
  }

  listJobs(query: Parameters<JobSource['listJobs']>[0]) {
    return this.store.listJobs(query);
  }

  facets() {
    return this.store.facets();
  }

  job(jobId: string) {
    return this.store.job(jobId);
  }

  trace(jobId: string) {
    return this.store.traceLater(jobId);
  }

  span(jobId: string, spanId: string, eventId: number) {
    return this.store.span(jobId, spanId, eventId);
  }

  exportTrace(jobId: string, format: Parameters<JobSource['exportTrace']>[1]) {
    return this.store.exportTrace(jobId, format);
  }

  summary(jobId: string | undefined) {
    return this.store.summary(jobId);
  }

  tenantSummary(tenantId: string) {
    return this.store.tenantSummary(tenantId);
  }

  events(jobId: string, afterId: number, limit: number) {
    return this.store.events(jobId, afterId, limit);
  }

  artifact(jobId: string, artifactId: string) {
    return this.store.artifact(jobId, artifactId);
  }

  chain(jobId: string) {
    return this.store.chain(jobId);
  }

  figures() {
    return this.store.figures();
  }

  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watching?.close();
    this.listeners.clear();
    this.opened.close();
    this.index.db.close();
  }

  /** A private copy in a folder where no writer can ever be seen. */
  private get isSnapshot(): boolean {
    return this.opened.via === 'copy' && this.file.folderReadOnly;
  }

  private notes(): string[] {
    const notes: string[] = [];
    if (this.isSnapshot) {
      notes.push('Snapshot: the folder is read-only, so a private copy from when it was opened is shown.');
    }
    if (!this.shape.hasEvents)
      notes.push("This store is older than RUNE's events: it holds jobs without spans.");
    else if (!this.shape.recorded) {
      notes.push(
        'Starts and nesting of spans are inferred: RUNE records when a span ended and how long it took.',
      );
    }
    if (this.shape.quantised)
      notes.push('Times are rounded to 128 s (a Postgres export); no starts are computed.');
    if (this.trouble !== null) notes.push(this.trouble);
    return notes;
  }

  /** Something happened to the file. One check at a time; what happens meanwhile is checked after it. */
  private async check(): Promise<void> {
    if (this.closed) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    try {
      do {
        this.again = false;
        const changed = await this.renew();
        if ((changed || this.behind) && !this.closed) await this.takeOver();
        this.trouble = null;
      } while (this.again && !this.closed);
    } catch (thrown) {
      if (this.closed) return;
      // Nothing was lost: the next look takes everything since the last that succeeded.
      this.behind = true;
      setTimeout(() => void this.check(), RETRY_MS).unref();
      this.trouble = `Following the file stopped at its last change: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    } finally {
      this.busy = false;
    }
  }

  /** Changes from the copy to the file when a writer has come, or to a new copy. True when there is something new. */
  private async renew(): Promise<boolean> {
    if (this.closed) return false;
    if (this.opened.via === 'place') return this.readDataVersion();
    if (this.isSnapshot || fileState(this.file.path) === this.opened.state) return false;
    const rest = this.copyAfterMs - performance.now();
    if (rest > 0 && !canOpenInPlace(this.file)) {
      setTimeout(() => void this.check(), rest).unref();
      return false;
    }
    const began = performance.now();
    const opened = await openForeign(this.file, join(this.ports.dataDir, 'indexes'));
    if (this.closed) {
      opened.close();
      return false;
    }
    const took = performance.now() - began;
    this.copyAfterMs = opened.via === 'copy' ? performance.now() + took * COPY_REST : 0;
    this.opened.close();
    this.opened = opened;
    this.readDataVersion();
    return true;
  }

  private readDataVersion(): boolean {
    const before = this.dataVersion;
    this.dataVersion = this.opened.db.pragma('data_version', { simple: true });
    return this.dataVersion !== before;
  }

  private async takeOver(): Promise<void> {
    const { index } = this;
    this.shape = guardStore(this.file.path, () => shapeOf(this.opened.db, this.file.path));
    index.resetUnlessOf(this.opened.db, this.shape);
    const backlog = this.behind;
    let folded = 0;
    let unseen = true;
    do {
      if (this.closed) return;
      const source = this.opened.db;
      const from = indexedEventId(index.db);
      // One snapshot: an event is never folded before its job stands in the index.
      const [jobIds, events] = source.transaction(() => {
        unseen = this.readDataVersion() || unseen;
        const changed = unseen ? index.syncJobs(source, this.shape) : [];
        unseen = false;
        folded = index.foldEvents(source, this.shape);
        return [changed, folded === 0 ? [] : this.jobsOfEvents(from, indexedEventId(index.db))] as const;
      })();
      this.tell(new Set([...jobIds, ...events]), !backlog);
      if (folded > 0) await nextTurn();
    } while (folded > 0);
    this.behind = false;
  }

  private jobsOfEvents(after: number, upTo: number): string[] {
    return this.opened.db
      .prepare('SELECT DISTINCT job_id FROM workflow_events WHERE id > ? AND id <= ? AND job_id IS NOT NULL')
      .pluck()
      .all(after, upTo) as string[];
  }

  private tell(jobIds: ReadonlySet<string>, withSpans: boolean): void {
    if (this.listeners.size === 0 || jobIds.size === 0) return;
    const get = this.index.db.prepare('SELECT * FROM rs_job WHERE job_id = ?');
    const rows = [...jobIds].flatMap((jobId) => (get.get(jobId) as RsJobRow | undefined) ?? []);
    const spans = (withSpans ? rows : [])
      .filter((row) => row.span_count <= MAX_LIVE_SPANS)
      .slice(-MAX_LIVE_JOBS)
      .flatMap((row) => this.live.changes(row.job_id, decodeTrace(this.store.trace(row.job_id))));
    const change: Change = { jobs: rows.map(toJobRow), spans };
    for (const listener of this.listeners) listener(change);
  }
}
