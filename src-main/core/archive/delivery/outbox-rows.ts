import type { Db } from '#core/store/database.ts';
import type { JobArchiveState, OutboxEntry } from '#shared/model/archive.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { Bytes, EpochSeconds, Seconds } from '#shared/model/units.ts';

/** A result for one target: key and bytes are fixed and never change. `sha256` is the record's own. */
export interface ArchiveEntry {
  readonly target: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly sha256: string;
}

/** A row that may be delivered now. */
export interface DueRow {
  readonly id: number;
  readonly job_id: string;
  readonly target: string;
  readonly key: string;
  readonly sha256: string;
  readonly attempts: number;
  readonly size: Bytes;
}

export interface TargetCounts {
  readonly pending: number;
  readonly refused: number;
  readonly delivered: number;
}

interface EntryRow extends Omit<OutboxEntry, 'last_error' | 'refused'> {
  readonly refused: 0 | 1;
  readonly last_error: string | null;
  readonly failure_json: string | null;
}

export type OutboxRows = ReturnType<typeof createOutboxRows>;

const DUE = 'id, job_id, target, key, sha256, attempts, length(body) AS size';

/** Every statement on rs_archive_outbox, rs_archive_delivery and their counts. */
export function createOutboxRows(db: Db) {
  const insert = db.prepare(
    `INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const due = db.prepare<[string, EpochSeconds, number], DueRow>(
    `SELECT ${DUE} FROM rs_archive_outbox WHERE target = ? AND next_attempt_at <= ?
     ORDER BY next_attempt_at, id LIMIT ?`,
  );
  const body = db.prepare<[number], Buffer>('SELECT body FROM rs_archive_outbox WHERE id = ?').pluck();
  const nextAt = db
    .prepare<[string, EpochSeconds], EpochSeconds | null>(
      'SELECT min(next_attempt_at) FROM rs_archive_outbox WHERE target = ? AND next_attempt_at > ?',
    )
    .pluck();
  const leave = db.prepare('DELETE FROM rs_archive_outbox WHERE id = ?');
  const deliver = db.prepare(
    `INSERT INTO rs_archive_delivery (job_id, target, key, sha256, delivered_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET key = excluded.key, sha256 = excluded.sha256, delivered_at = excluded.delivered_at`,
  );
  const postpone = db.prepare(
    `UPDATE rs_archive_outbox SET attempts = attempts + 1, next_attempt_at = ?, failure_json = ?, refused = ?
     WHERE id = ?`,
  );
  const recovered = db.prepare(
    `UPDATE rs_archive_outbox SET next_attempt_at = ?
     WHERE target = ? AND next_attempt_at > ? AND refused = 0 AND attempts <= ?`,
  );
  const misdated = db.prepare(
    'UPDATE rs_archive_outbox SET next_attempt_at = ? WHERE target = ? AND next_attempt_at > ?',
  );
  const counts = db.prepare<[], TargetCounts & { readonly target: string }>('SELECT * FROM rs_archive_count');
  const pending = db.prepare<[], number>('SELECT total(pending) FROM rs_archive_count').pluck();
  const pendingOfJob = db
    .prepare<[string], number>('SELECT count(*) FROM rs_archive_outbox WHERE job_id = ?')
    .pluck();
  const ids = db.prepare<[], Pick<DueRow, 'id' | 'target'>>('SELECT id, target FROM rs_archive_outbox');
  const targetOf = db.prepare<[number], string>('SELECT target FROM rs_archive_outbox WHERE id = ?').pluck();
  const ofJob = db.prepare<[string], DueRow>(`SELECT ${DUE} FROM rs_archive_outbox WHERE job_id = ?`);
  const list = (where: string) =>
    `SELECT id, job_id, target, key, length(body) AS size_bytes, sha256, created_at, attempts, next_attempt_at,
            last_error, failure_json, refused
       FROM rs_archive_outbox ${where} ORDER BY id LIMIT ? OFFSET ?`;
  const listAll = db.prepare<[number, number], EntryRow>(list(''));
  const listOf = db.prepare<[string, number, number], EntryRow>(list('WHERE target = ?'));
  const delivered = db.prepare<[string], Omit<JobArchiveState, 'last_error'>>(
    'SELECT target, key, sha256, delivered_at, 0 AS attempts FROM rs_archive_delivery WHERE job_id = ?',
  );
  const waiting = db.prepare<[string], EntryRow>(
    'SELECT target, key, sha256, attempts, last_error, failure_json FROM rs_archive_outbox WHERE job_id = ?',
  );

  const arrive = db.transaction((rows: readonly DueRow[], now: EpochSeconds): void => {
    for (const { id, job_id, target, key, sha256 } of rows) {
      deliver.run(job_id, target, key, sha256, now);
      leave.run(id);
    }
  });
  // What is due is tried again, refused or not: only what waits is looked for, in the index, as rows hold whole bodies.
  const retry = 'UPDATE rs_archive_outbox SET next_attempt_at = ?, refused = 0';
  const retryAll = db.prepare(
    `${retry} WHERE id IN (SELECT id FROM rs_archive_outbox WHERE next_attempt_at > ?)`,
  );
  const retryTarget = db.prepare(`${retry} WHERE target = ? AND next_attempt_at > ?`);
  const retryOne = db.prepare(`${retry} WHERE id = ?`);
  const retryThese = db.transaction((these: readonly number[]): void => {
    for (const id of these) retryOne.run(0, id);
  });
  const drop = db.transaction((gone: readonly number[]): number =>
    gone.reduce((dropped, id) => dropped + leave.run(id).changes, 0),
  );

  return {
    /** Rows that are there already stay as they are. Part of the caller's transaction, if there is one. */
    insert(jobId: string, entries: readonly ArchiveEntry[], at: EpochSeconds): void {
      for (const { target, key, body: bytes, sha256 } of entries) {
        const blob = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        insert.run(jobId, target, key, blob, sha256, at, at);
      }
    },
    due: (target: string, now: EpochSeconds, limit: number): readonly DueRow[] => due.all(target, now, limit),
    /** Undefined: the row has been dropped. */
    body: (id: number): Buffer | undefined => body.get(id),
    nextAt: (target: string, now: EpochSeconds): EpochSeconds | null => nextAt.get(target, now) ?? null,
    /** The targets have these: they leave, and their deliveries are noted, together. */
    delivered: (rows: readonly DueRow[], now: EpochSeconds): void => arrive.immediate(rows, now),
    postpone(id: number, until: EpochSeconds, failure: Failure, refused: boolean): void {
      postpone.run(until, JSON.stringify(failure), refused ? 1 : 0, id);
    },
    /** What was tried no more than `attempts` times before waited for the target, not for itself: it is due now. */
    recovered(target: string, now: EpochSeconds, attempts: number): void {
      recovered.run(now, target, now, attempts);
    },
    /** A clock that was wrong must not keep a result for years: nothing waits longer than `most`. */
    misdated(target: string, now: EpochSeconds, most: Seconds): void {
      misdated.run(now, target, now + most);
    },
    /** Due now, refused or not; the ones named by `ids` come before all others. */
    retry(which: { readonly target?: string; readonly ids?: readonly number[] }, now: EpochSeconds): void {
      if (which.ids !== undefined) retryThese.immediate(which.ids);
      else if (which.target !== undefined) retryTarget.run(now, which.target, now);
      else retryAll.run(now, now);
    },
    /** How many of them there were. */
    drop: (ids: readonly number[]): number => drop.immediate(ids),
    counts: (): ReadonlyMap<string, TargetCounts> =>
      new Map(counts.all().map(({ target, ...numbers }) => [target, numbers])),
    /** Of one job, or of all. */
    pendingOf: (jobId?: string): number =>
      (jobId === undefined ? pending.get() : pendingOfJob.get(jobId)) ?? 0,
    ids: (): readonly Pick<DueRow, 'id' | 'target'>[] => ids.all(),
    targetOf: (id: number): string | undefined => targetOf.get(id),
    ofJob: (jobId: string): readonly DueRow[] => ofJob.all(jobId),
    list: (target: string | undefined, limit: number, offset: number): readonly OutboxEntry[] =>
      (target === undefined ? listAll.all(limit, offset) : listOf.all(target, limit, offset)).map(
        ({ failure_json, last_error, refused, ...row }) => ({
          ...row,
          refused: refused === 1,
          last_error: failureOf(failure_json, last_error),
        }),
      ),
    jobState: (jobId: string): readonly JobArchiveState[] => {
      const states = new Map<string, JobArchiveState>();
      for (const row of delivered.all(jobId)) states.set(row.target, { ...row, last_error: null });
      for (const { target, key, sha256, attempts, failure_json, last_error } of waiting.all(jobId)) {
        const failure = failureOf(failure_json, last_error);
        states.set(target, { target, key, sha256, delivered_at: null, last_error: failure, attempts });
      }
      return [...states.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
    },
  };
}

/** Rows of the first version have their failure as text only. */
function failureOf(json: string | null, text: string | null): Failure | null {
  if (json !== null) return JSON.parse(json) as Failure;
  return text === null ? null : { code: 'archive.write_failed', message: text };
}
