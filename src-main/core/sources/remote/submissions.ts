import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepared } from '#core/store/prepared.ts';
import { abortFailure, toFailure } from '#shared/model/failure.ts';
import type { JobKind, JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds, Milliseconds, Seconds, Usd } from '#shared/model/units.ts';
import { type Submission, submitJob } from './api.ts';
import type { Remote } from './call.ts';
import { RemoteFailure } from './failures.ts';
import type { RemoteStore } from './remote-store.ts';

export interface Submitted {
  readonly job_id: string;
  readonly created: boolean;
}

export interface Wanted {
  readonly kind: JobKind;
  readonly body: JsonObject;
  /** The caller's own; '' for none. */
  readonly idempotencyKey: string;
  readonly approvedUsd: Usd | null;
}

interface Row {
  readonly job_id: string;
  readonly kind: JobKind;
  readonly body_json: string;
  readonly idempotency_key: string;
  readonly approved_usd: number | null;
  readonly submitted_at: EpochSeconds;
  readonly state: 'sending' | 'accepted' | 'lost';
}

/** In place of a note, of one that was given back unanswered: it keeps the id it was seen under. */
export const SHOWN = 'shown';

/** An answer that did not come is asked for so often while the caller waits. */
const TRIES = 3;
const FIRST_PAUSE_MS: Milliseconds = 400;
/** For so long afterwards; then nobody would expect the job to begin any more. */
const GIVE_UP_AFTER: Seconds = 600;

/**
 * Jobs on their way to a remote. Each is in the store with an idempotency key before it is sent: when no answer comes,
 * the same key is sent again until one does, so that it neither is lost nor runs twice.
 */
export class Submissions {
  private readonly store: RemoteStore;
  private readonly remote: Remote;
  private readonly now: () => EpochSeconds;
  private readonly underway = new Map<string, Promise<Submitted>>();

  constructor(store: RemoteStore, remote: Remote, now: () => EpochSeconds) {
    this.store = store;
    this.remote = remote;
    this.now = now;
  }

  /**
   * Sends a job. Throws what the remote refuses it with, and then no job is left. A job whose answer has not come is
   * given back queued: it is asked about until there is an answer.
   */
  async submit(wanted: Wanted, signal: AbortSignal): Promise<Submitted> {
    const row = this.store.changing(() => this.same(wanted) ?? this.write(wanted));
    if (row.state === 'accepted') return { job_id: row.job_id, created: false };
    if (row.state === 'lost') this.setState(row.job_id, 'sending');
    return this.once(row, signal, TRIES, true);
  }

  /** Asks once more about those that were not answered; ids of jobs that are known now, or given up. */
  async settle(signal: AbortSignal): Promise<readonly string[]> {
    const changed: string[] = [];
    const rows = prepared(
      this.store.db,
      "SELECT * FROM rs_remote_submission WHERE state = 'sending' ORDER BY submitted_at",
    ).all() as Row[];
    for (const row of rows) {
      if (this.underway.has(row.job_id)) continue;
      if (this.now() - row.submitted_at > GIVE_UP_AFTER) {
        this.giveUp(row.job_id);
        changed.push(row.job_id);
        continue;
      }
      try {
        const { job_id } = await this.once(row, signal, 1, false);
        if (this.store.row(job_id)?.remote_id != null) changed.push(job_id);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const { code, message } = toFailure(thrown);
        this.setState(row.job_id, 'lost');
        this.store.fail(row.job_id, message, code);
        changed.push(row.job_id);
      }
    }
    return changed;
  }

  get waiting(): number {
    return prepared(this.store.db, "SELECT count(*) FROM rs_remote_submission WHERE state = 'sending'")
      .pluck()
      .get() as number;
  }

  /** The submission that a repetition is of: by its key, or, of one that was not answered, by all that it says. */
  private same({ kind, body, idempotencyKey }: Wanted): Row | undefined {
    if (idempotencyKey !== '')
      return prepared(
        this.store.db,
        'SELECT * FROM rs_remote_submission WHERE idempotency_key = ? AND kind = ?',
      ).get(keyOf(kind, idempotencyKey), kind) as Row | undefined;
    return prepared(
      this.store.db,
      "SELECT * FROM rs_remote_submission WHERE state = 'sending' AND kind = ? AND body_json = ? AND submitted_at > ?",
    ).get(kind, JSON.stringify(body), this.now() - GIVE_UP_AFTER) as Row | undefined;
  }

  private write({ kind, body, idempotencyKey, approvedUsd }: Wanted): Row {
    const now = this.now();
    const jobId = randomUUID();
    const row: Row = {
      job_id: jobId,
      kind,
      body_json: JSON.stringify(body),
      idempotency_key: keyOf(kind, idempotencyKey === '' ? `runescope-${jobId}` : idempotencyKey),
      approved_usd: approvedUsd,
      submitted_at: now,
      state: 'sending',
    };
    this.store.writeSubmitted({
      job_id: jobId,
      tenant_id: this.remote.tenant,
      kind,
      status: 'queued',
      request_json: row.body_json,
      result_json: null,
      error: null,
      message: `on its way to ${this.remote.who}`,
      created_at: now,
      updated_at: now,
    });
    prepared(
      this.store.db,
      'INSERT INTO rs_remote_submission VALUES (@job_id, @kind, @body_json, @idempotency_key, @approved_usd, @submitted_at, @state)',
    ).run(row);
    return row;
  }

  private once(row: Row, signal: AbortSignal, tries: number, rename: boolean): Promise<Submitted> {
    const running = this.underway.get(row.job_id);
    if (running !== undefined) return running;
    const sent = this.send(row, signal, tries, rename).finally(() => this.underway.delete(row.job_id));
    this.underway.set(row.job_id, sent);
    return sent;
  }

  private async send(row: Row, signal: AbortSignal, tries: number, first: boolean): Promise<Submitted> {
    const submission: Submission = {
      kind: row.kind,
      body: JSON.parse(row.body_json) as JsonObject,
      key: keyThere(row.idempotency_key),
      approvedUsd: row.approved_usd,
    };
    // Once a try may have arrived, only the remote's own word says that none did.
    let doubt = !first || this.wasShown(row.job_id);
    for (let attempt = 1; ; attempt++) {
      try {
        // Whoever waited may leave; what is sent is sent.
        const remoteId = await submitJob(this.remote, submission, first ? NEVER : signal);
        return this.accepted(row, remoteId, first);
      } catch (thrown) {
        if (!first && signal.aborted) throw abortFailure(signal);
        doubt ||= isUnsure(thrown);
        if (!doubt || isRefusal(thrown)) {
          if (first) this.remove(row.job_id);
          throw thrown;
        }
        if (attempt >= tries || signal.aborted) return this.unanswered(row, thrown);
        await sleep(FIRST_PAUSE_MS * 3 ** (attempt - 1) * (0.8 + Math.random() * 0.4));
      }
    }
  }

  /** While nobody has seen it yet the job takes its id from there; later it keeps the one it was shown under. */
  private accepted(row: Row, remoteId: string, rename: boolean): Submitted {
    return this.store.changing(() => {
      const known = this.store.byRemoteId(remoteId);
      if (known !== undefined) {
        // The key was used before, or the list was quicker.
        this.remove(row.job_id);
        this.insertKnown(row, known.job_id);
        return { job_id: known.job_id, created: false };
      }
      const shown = rename && !this.wasShown(row.job_id);
      const jobId = shown ? remoteId : row.job_id;
      if (shown) this.rename(row.job_id, remoteId);
      prepared(this.store.db, 'UPDATE rs_remote_job SET remote_id = ?, note = NULL WHERE job_id = ?').run(
        remoteId,
        jobId,
      );
      prepared(
        this.store.db,
        "UPDATE jobs SET message = 'accepted' WHERE job_id = ? AND status = 'queued'",
      ).run(jobId);
      prepared(this.store.db, "UPDATE rs_job SET message = 'accepted' WHERE job_id = ?").run(jobId);
      this.setState(jobId, 'accepted');
      return { job_id: jobId, created: true };
    });
  }

  private insertKnown(row: Row, jobId: string): void {
    prepared(
      this.store.db,
      'INSERT OR REPLACE INTO rs_remote_submission VALUES (@job_id, @kind, @body_json, @idempotency_key, @approved_usd, @submitted_at, @state)',
    ).run({ ...row, job_id: jobId, state: 'accepted' });
  }

  private unanswered(row: Row, thrown: unknown): Submitted {
    const { message } = toFailure(thrown);
    this.say(
      row.job_id,
      `${this.remote.who} has not said whether it took this job; it is asked again. ${message}`.slice(0, 500),
    );
    this.store.setNote(row.job_id, SHOWN);
    return { job_id: row.job_id, created: true };
  }

  private wasShown(jobId: string): boolean {
    return this.store.row(jobId)?.note === SHOWN;
  }

  private giveUp(jobId: string): void {
    this.setState(jobId, 'lost');
    this.store.fail(
      jobId,
      `${this.remote.who} never said whether it took this job. Look there before you start it again.`,
      'remote.unreachable',
    );
  }

  private say(jobId: string, message: string): void {
    this.store.changing(() => {
      for (const table of ['jobs', 'rs_job'])
        prepared(this.store.db, `UPDATE ${table} SET message = ? WHERE job_id = ?`).run(message, jobId);
    });
  }

  private setState(jobId: string, state: Row['state']): void {
    prepared(this.store.db, 'UPDATE rs_remote_submission SET state = ? WHERE job_id = ?').run(state, jobId);
  }

  private rename(from: string, to: string): void {
    for (const table of ['jobs', 'rs_job', 'rs_remote_job', 'rs_remote_submission'])
      prepared(this.store.db, `UPDATE ${table} SET job_id = ? WHERE job_id = ?`).run(to, from);
  }

  private remove(jobId: string): void {
    this.store.changing(() => {
      for (const table of ['jobs', 'rs_job', 'rs_remote_job', 'rs_remote_submission'])
        prepared(this.store.db, `DELETE FROM ${table} WHERE job_id = ?`).run(jobId);
    });
  }
}

const NEVER = new AbortController().signal;

/** RUNE's keys are one per tenant and kind; in our table a key stands alone. */
const keyOf = (kind: JobKind, key: string): string => `${kind} ${key}`;
const keyThere = (key: string): string => key.slice(key.indexOf(' ') + 1);

const isUnsure = (thrown: unknown): boolean => thrown instanceof RemoteFailure && thrown.unsure;
/** It was understood, and is not done; who we are and how often we come says nothing of an earlier try. */
const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof RemoteFailure &&
  thrown.status !== null &&
  thrown.status >= 400 &&
  thrown.status < 500 &&
  ![401, 403, 404, 405, 408, 429].includes(thrown.status);
