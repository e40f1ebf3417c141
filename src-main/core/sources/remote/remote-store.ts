import { keptColumns } from '#core/store/catch-up.ts';
import { type Db, guardStore } from '#core/store/database.ts';
import { deriveImportedJobRow, deriveJobRow, upsertJobRow } from '#core/store/job-index.ts';
import { prepared } from '#core/store/prepared.ts';
import { foldEvents } from '#core/store/rollup.ts';
import type { RsJobRow, RuneJobRow } from '#core/store/rows.ts';
import { isTerminal, type JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Flavour } from './api.ts';
import { openRemoteDb, remotePath } from './schema.ts';
import type { RemoteEvent, RemoteJob, RemoteSummary } from './wire.ts';

export interface RemoteJobRow {
  readonly job_id: string;
  readonly remote_id: string | null;
  readonly seen_updated_at: number | null;
  readonly whole: number;
  readonly complete: number;
  readonly last_event: number;
  readonly gone: number;
  readonly note: string | null;
}

/** A job that has not ended, or has and is not whole here. */
export interface Unfinished {
  readonly job_id: string;
  readonly remote_id: string;
  readonly status: string;
  readonly last_event: number;
}

export type Ids = Pick<Unfinished, 'job_id' | 'remote_id'>;

/** Of one job; a remote that sends without end fills no disk. */
const MAX_EVENTS = 500_000;

/** What is known of a remote's jobs, in a store of RUNE's shape that the usual reader shows. Throws `store.*`. */
export class RemoteStore {
  readonly db: Db;
  readonly path: string;
  private readonly tenant: string;
  readonly now: () => EpochSeconds;

  constructor(dataDir: string, digest: string, tenant: string, now: () => EpochSeconds) {
    this.path = remotePath(dataDir, digest);
    this.db = openRemoteDb(dataDir, digest, now());
    this.tenant = tenant;
    this.now = now;
  }

  get flavour(): Flavour | null {
    const value = this.meta('remote_flavour');
    return value === 'runescope' || value === 'rune' ? value : null;
  }

  set flavour(flavour: Flavour | null) {
    if (flavour !== null && flavour !== this.flavour) this.setMeta('remote_flavour', flavour);
  }

  /** The whole list was read once: from then on only what is new is looked for. */
  get listed(): boolean {
    return this.meta('remote_listed') === '1';
  }

  set listed(listed: boolean) {
    this.setMeta('remote_listed', listed ? '1' : '0');
  }

  row(jobId: string): RemoteJobRow | undefined {
    return prepared(this.db, 'SELECT * FROM rs_remote_job WHERE job_id = ?').get(jobId) as
      | RemoteJobRow
      | undefined;
  }

  byRemoteId(remoteId: string): RemoteJobRow | undefined {
    return prepared(this.db, 'SELECT * FROM rs_remote_job WHERE remote_id = ?').get(remoteId) as
      | RemoteJobRow
      | undefined;
  }

  status(jobId: string): string | null {
    return (
      (prepared(this.db, 'SELECT status FROM rs_job WHERE job_id = ?').pluck().get(jobId) as string) ?? null
    );
  }

  /** Changes when anything of the job does that a view shows. */
  state(jobId: string): string {
    const { last_event, complete, gone } = this.row(jobId) ?? { last_event: 0, complete: 0, gone: 0 };
    return JSON.stringify([this.boardRow(jobId) ?? null, last_event, complete, gone]);
  }

  boardRow(jobId: string): RsJobRow | undefined {
    return prepared(this.db, 'SELECT * FROM rs_job WHERE job_id = ?').get(jobId) as RsJobRow | undefined;
  }

  /** Jobs that have not ended as far as is known here, the newest first. */
  running(): readonly Unfinished[] {
    return this.unfinished("r.status NOT IN ('succeeded', 'failed', 'cancelled')", 200);
  }

  /** Jobs that have ended and are not whole here, the newest first. */
  incomplete(limit: number): readonly Unfinished[] {
    return this.unfinished("r.status IN ('succeeded', 'failed', 'cancelled')", limit);
  }

  countIncomplete(): number {
    return prepared(this.db, 'SELECT count(*) FROM rs_remote_job WHERE complete = 0 AND gone = 0')
      .pluck()
      .get() as number;
  }

  private unfinished(where: string, limit: number): readonly Unfinished[] {
    return prepared(
      this.db,
      `SELECT m.job_id, m.remote_id, r.status, m.last_event FROM rs_remote_job m JOIN rs_job r ON r.job_id = m.job_id
       WHERE m.complete = 0 AND m.gone = 0 AND m.remote_id IS NOT NULL AND ${where} ORDER BY r.created_at DESC LIMIT ?`,
    ).all(limit) as Unfinished[];
  }

  /** What a list says; the id here when that is new, null when nothing has changed. */
  takeSummary(job: RemoteSummary): string | null {
    const known = this.byRemoteId(job.job_id);
    if (known !== undefined && known.gone === 0 && known.seen_updated_at === job.updated_at) {
      if (this.status(known.job_id) === job.status) return null;
    }
    return this.write(job, null);
  }

  /** A job's own document; its id here. */
  takeJob(job: RemoteJob): string | null {
    return this.write(job, job);
  }

  private write(job: RemoteSummary, whole: RemoteJob | null): string | null {
    return this.changing(() => {
      const known = this.byRemoteId(job.job_id);
      const jobId = known?.job_id ?? job.job_id;
      // An id that is taken here by a submission of ours: nobody but a remote that plays tricks names it.
      if (known === undefined && this.row(jobId) !== undefined) return null;
      const before = prepared(this.db, 'SELECT * FROM jobs WHERE job_id = ?').get(jobId) as
        | RuneJobRow
        | undefined;
      const row = this.runeRow(jobId, job, whole, before);
      this.writeRow(row);
      prepared(
        this.db,
        `INSERT INTO rs_remote_job (job_id, remote_id, seen_updated_at, whole) VALUES (?, ?, ?, ?)
         ON CONFLICT (job_id) DO UPDATE SET remote_id = excluded.remote_id, seen_updated_at = excluded.seen_updated_at,
           whole = excluded.whole, gone = 0, note = NULL, complete = 0`,
      ).run(jobId, job.job_id, job.updated_at, whole === null ? 0 : 1);
      this.writeBoardRow(row, job);
      if (this.flavour === 'runescope' && whole !== null && isTerminal(job.status))
        this.writeRun(jobId, whole);
      return jobId;
    });
  }

  private runeRow(
    jobId: string,
    job: RemoteSummary,
    whole: RemoteJob | null,
    before: RuneJobRow | undefined,
  ): RuneJobRow {
    const created = job.created_at ?? before?.created_at ?? this.now();
    return {
      job_id: jobId,
      tenant_id: this.tenant,
      kind: job.kind ?? before?.kind ?? '',
      status: job.status,
      request_json:
        whole?.request != null ? JSON.stringify(whole.request) : (before?.request_json ?? requestOf(job)),
      result_json: whole === null ? (before?.result_json ?? null) : jsonOrNull(whole.result),
      error: whole === null ? (before?.error ?? null) : whole.error,
      message: job.message,
      created_at: created,
      updated_at: Math.max(created, job.updated_at ?? before?.updated_at ?? created),
    };
  }

  private writeRow(row: RuneJobRow): void {
    prepared(
      this.db,
      `INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at)
       VALUES (@job_id, @tenant_id, @kind, @status, @request_json, @result_json, @error, @message, @created_at, @updated_at)
       ON CONFLICT (job_id) DO UPDATE SET kind = excluded.kind, status = excluded.status,
         request_json = excluded.request_json, result_json = excluded.result_json, error = excluded.error,
         message = excluded.message, created_at = excluded.created_at, updated_at = excluded.updated_at`,
    ).run(row);
  }

  private writeBoardRow(row: RuneJobRow, job: RemoteSummary | null): void {
    const before = this.boardRow(row.job_id);
    const upsert = upsertJobRow(this.db);
    if (this.flavour !== 'runescope' || job === null) {
      upsert(deriveImportedJobRow(row, keptColumns(before), false));
      return;
    }
    const { started_at, finished_at, agent, model, backend_type, provider_type } = job;
    upsert(
      deriveJobRow(row, {
        started_at,
        finished_at,
        agent,
        model,
        backend_type,
        provider_type,
        estimate_usd: job.estimate_usd,
        cost_usd: job.cost_usd,
        tokens_total: job.tokens_total,
        error_code: isTerminal(job.status) ? job.error_code : null,
        demo: job.demo ? 1 : 0,
        // Of the events that are here.
        span_count: before?.span_count ?? 0,
        error_count: before?.error_count ?? 0,
      }),
    );
  }

  /** What RUNE's tables have no place for: the estimate, and the code of an error. */
  private writeRun(jobId: string, { estimate, error, error_code, status }: RemoteJob): void {
    const failure =
      status === 'failed' || status === 'cancelled'
        ? { code: error_code ?? 'job.failed', message: error ?? 'The remote holds no error message.' }
        : null;
    prepared(
      this.db,
      `INSERT INTO rs_job_run (job_id, collector, estimate_json, error_json) VALUES (?, 'sqlite', ?, ?)
       ON CONFLICT (job_id) DO UPDATE SET estimate_json = excluded.estimate_json, error_json = excluded.error_json`,
    ).run(jobId, jsonOrNull(estimate), failure === null ? null : JSON.stringify(failure));
  }

  /** True when there were new ones. */
  addEvents(jobId: string, events: readonly RemoteEvent[]): boolean {
    if (events.length === 0) return false;
    return this.changing(() => {
      const held = prepared(this.db, 'SELECT count(*) FROM rs_remote_event WHERE job_id = ?')
        .pluck()
        .get(jobId);
      let room = MAX_EVENTS - (held as number);
      let added = 0;
      let last = 0;
      for (const event of events) {
        last = Math.max(last, event.id);
        if (room <= 0 || !this.addEvent(jobId, event)) continue;
        room--;
        added++;
      }
      prepared(this.db, 'UPDATE rs_remote_job SET last_event = max(last_event, ?) WHERE job_id = ?').run(
        last,
        jobId,
      );
      if (added === 0) return false;
      prepared(this.db, 'DELETE FROM rs_trace WHERE job_id = ?').run(jobId);
      while (foldEvents(this.db, this.db) > 0);
      return true;
    });
  }

  private addEvent(jobId: string, event: RemoteEvent): boolean {
    const { changes } = prepared(
      this.db,
      'INSERT OR IGNORE INTO rs_remote_event (job_id, remote_id) VALUES (?, ?)',
    ).run(jobId, event.id);
    if (changes === 0) return false;
    prepared(
      this.db,
      'INSERT INTO workflow_events (job_id, event, status, duration_ms, error_type, labels_json, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(
      jobId,
      event.event,
      event.status,
      event.duration_ms,
      event.error_type,
      jsonOrNull(event.labels),
      event.recorded_at ?? this.now(),
    );
    return true;
  }

  /** Everything of this job is here, or `note` says what is not. Without spans its collector kept none. */
  setComplete(jobId: string, note: string | null = null): void {
    this.changing(() => {
      prepared(
        this.db,
        'UPDATE rs_remote_job SET complete = 1, note = coalesce(?, note) WHERE job_id = ?',
      ).run(note, jobId);
      const spans = this.boardRow(jobId)?.span_count ?? 0;
      prepared(this.db, 'UPDATE rs_job_run SET collector = ? WHERE job_id = ?').run(
        spans === 0 ? 'null' : 'sqlite',
        jobId,
      );
    });
  }

  /** What there is to say of a job until it is read again. */
  setNote(jobId: string, note: string): void {
    this.changing(() => {
      prepared(this.db, 'UPDATE rs_remote_job SET note = ? WHERE job_id = ?').run(note, jobId);
    });
  }

  /** The remote does not know it any more: what is here stays, and what ran there does not run for ever. */
  setGone(jobId: string, note: string): void {
    this.changing(() => {
      prepared(this.db, 'UPDATE rs_remote_job SET gone = 1, note = ? WHERE job_id = ?').run(note, jobId);
      this.fail(jobId, note, 'job.not_found');
    });
  }

  /** Ends a job here that has not ended. */
  fail(jobId: string, message: string, code: string): void {
    this.changing(() => {
      const row = prepared(this.db, 'SELECT * FROM jobs WHERE job_id = ?').get(jobId) as
        | RuneJobRow
        | undefined;
      if (row === undefined || isTerminal(row.status)) return;
      const failed = { ...row, status: 'failed', error: message, message, updated_at: this.now() };
      this.writeRow(failed);
      this.writeBoardRow(failed, null);
      prepared(this.db, 'UPDATE rs_job SET error_code = ? WHERE job_id = ?').run(code, jobId);
    });
  }

  /** A row of what was submitted, before anything is known of it. */
  writeSubmitted(row: RuneJobRow): void {
    this.writeRow(row);
    this.writeBoardRow(row, null);
    prepared(this.db, 'INSERT INTO rs_remote_job (job_id) VALUES (?)').run(row.job_id);
  }

  /** One transaction; one inside another is part of it. */
  changing<T>(change: () => T): T {
    return guardStore(this.path, () =>
      this.db.inTransaction ? change() : this.db.transaction(change).immediate(),
    );
  }

  close(): void {
    this.db.close();
  }

  private meta(key: string): string | null {
    return (
      (prepared(this.db, 'SELECT value FROM rs_meta WHERE key = ?').pluck().get(key) as string | undefined) ??
      null
    );
  }

  private setMeta(key: string, value: string): void {
    this.changing(() => {
      prepared(
        this.db,
        'INSERT INTO rs_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      ).run(key, value);
    });
  }
}

const jsonOrNull = (value: JsonObject | null): string | null =>
  value === null ? null : JSON.stringify(value);

/** What of a request a list tells. */
function requestOf({ agent, model, backend_type, question }: RemoteSummary): string {
  const known = { agent, model, backend_type, question };
  return JSON.stringify(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)));
}
