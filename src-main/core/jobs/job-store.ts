import { randomUUID } from 'node:crypto';
import type { Used } from '#core/costs/actual.ts';
import { createOutcomes, type Outcomes } from '#core/costs/outcomes.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import { type ChainGraph, endChain, writeChain } from '#core/store/chain-state.ts';
import type { ChangeFeed } from '#core/store/change-feed.ts';
import type { Db } from '#core/store/database.ts';
import type { EventWriter } from '#core/store/event-writer.ts';
import { deriveJobRow, toJobRow, upsertJobRow } from '#core/store/job-index.ts';
import type { Owner } from '#core/store/ownership.ts';
import type { RsJobRow, RuneJobRow } from '#core/store/rows.ts';
import type { CostBasis, CostEstimate } from '#shared/model/estimate.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { JobKind, JobStatus } from '#shared/model/job.ts';
import { type EpochSeconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import type { StoredArtifact } from './artifacts.ts';
import { tellOfJob } from './job-log.ts';
import { type JobEvent, statesBefore, transition } from './job-machine.ts';
import { sortedJson } from './sorted-json.ts';

export interface NewJob {
  readonly kind: JobKind;
  readonly tenant_id: string;
  readonly request: object;
  readonly idempotency_key: string;
  readonly collector: 'sqlite' | 'memory' | 'null';
  /** What the spend gate let through: until its turn comes, its upper end is promised to it. */
  readonly paid?: { readonly plan: CostPlan; readonly estimate: CostEstimate } | null | undefined;
}

export interface JobEnd {
  readonly event: Exclude<JobEvent, 'start'>;
  readonly result?: object | undefined;
  readonly failure?: Failure | undefined;
  readonly cost_usd?: Usd | null | undefined;
  readonly cost_basis?: CostBasis | undefined;
  readonly used?: Used | undefined;
  readonly artifacts?: readonly StoredArtifact[] | undefined;
}

/** The write side of jobs: every change of a job's state is one transaction and one message on the feed. */
export class JobStore {
  private readonly db: Db;
  private readonly writer: EventWriter;
  private readonly feed: ChangeFeed;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly owner: Owner;
  private readonly enqueueResult: (jobId: string) => void;
  private readonly onEnded: (jobId: string) => void;
  private readonly beforeEnd: () => void;
  private readonly outcomes: Outcomes;

  /**
   * `enqueueResult` is called inside the transaction that ends a job, when its last spans are already written;
   * `beforeEnd` before it, for what else is to be written by then.
   */
  constructor(deps: {
    db: Db;
    writer: EventWriter;
    feed: ChangeFeed;
    clock: Clock;
    logger: Logger;
    owner: Owner;
    enqueueResult: (jobId: string) => void;
    onEnded: (jobId: string) => void;
    beforeEnd?: () => void;
  }) {
    this.db = deps.db;
    this.writer = deps.writer;
    this.feed = deps.feed;
    this.clock = deps.clock;
    this.logger = deps.logger;
    this.owner = deps.owner;
    this.enqueueResult = deps.enqueueResult;
    this.onEnded = deps.onEnded;
    this.beforeEnd = deps.beforeEnd ?? (() => {});
    this.outcomes = createOutcomes(deps.db);
  }

  /** The job that this key made for this tenant and kind; undefined: none. */
  known(job: Pick<NewJob, 'tenant_id' | 'kind' | 'idempotency_key'>): string | undefined {
    if (job.idempotency_key === '') return undefined;
    return this.db
      .prepare(
        'SELECT job_id FROM idempotency_keys WHERE tenant_id = ? AND operation = ? AND idempotency_key = ?',
      )
      .pluck()
      .get(job.tenant_id, job.kind, job.idempotency_key) as string | undefined;
  }

  /** `created` false: the key was used before for this tenant and kind, and this is that job. */
  create(job: NewJob): { readonly job_id: string; readonly created: boolean } {
    const now = this.now();
    const jobId = randomUUID();
    const made = this.db
      .transaction(() => {
        const known = this.known(job);
        if (known !== undefined) return { job_id: known, created: false };
        if (job.idempotency_key !== '') {
          this.db
            .prepare('INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?)')
            .run(job.tenant_id, job.kind, job.idempotency_key, jobId, now);
        }
        this.db
          .prepare(
            "INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, message, created_at, updated_at) VALUES (?, ?, ?, 'queued', ?, 'accepted', ?, ?)",
          )
          .run(jobId, job.tenant_id, job.kind, sortedJson(job.request), now, now);
        this.db
          .prepare(
            'INSERT INTO rs_job_run (job_id, owner_pid, owner_started, owner_boot, collector) VALUES (?, ?, ?, ?, ?)',
          )
          .run(jobId, this.owner.pid, this.owner.started, this.owner.boot_id, job.collector);
        this.index(jobId, {});
        if (job.paid != null) this.writeEstimate(jobId, job.paid.estimate, job.paid.plan);
        return { job_id: jobId, created: true };
      })
      .immediate();
    if (made.created) tellOfJob(this.logger, 'job.accepted', this.announce(jobId));
    return made;
  }

  /** False when the job is no longer queued (cancelled before its turn). */
  start(jobId: string): boolean {
    const now = this.now();
    const started = this.db
      .transaction(() => {
        if (!this.move(jobId, 'start', now)) return false;
        this.db.prepare("UPDATE jobs SET message = 'job is running' WHERE job_id = ?").run(jobId);
        this.index(jobId, { started_at: now });
        return true;
      })
      .immediate();
    if (started) tellOfJob(this.logger, 'job.started', this.announce(jobId));
    return started;
  }

  setMessage(jobId: string, message: string): void {
    const now = this.now();
    this.db
      .transaction(() => {
        this.db
          .prepare(
            "UPDATE jobs SET message = ?, updated_at = ? WHERE job_id = ? AND status IN ('queued', 'running')",
          )
          .run(message.slice(0, 500), now, jobId);
        this.index(jobId, {});
      })
      .immediate();
    this.announce(jobId);
  }

  setModel(jobId: string, model: string): void {
    this.db.transaction(() => this.index(jobId, { model })).immediate();
    this.announce(jobId);
  }

  setEstimate(jobId: string, estimate: CostEstimate, plan: CostPlan | null): void {
    this.db.transaction(() => this.writeEstimate(jobId, estimate, plan)).immediate();
    this.announce(jobId);
  }

  /** What a running job has cost so far; its end says what it cost in all. */
  setSpent(jobId: string, usd: Usd): void {
    if (this.status(jobId) !== 'running') return;
    this.db.transaction(() => this.index(jobId, { cost_usd: usd })).immediate();
    this.announce(jobId);
  }

  /** What a job's rentals have cost by now, learned after its end: a bill that came, an instance that was kept. */
  setRentalCost(jobId: string, usd: Usd): void {
    const written = this.db
      .transaction(() => {
        // Of a job that retention has deleted, its outcome is left.
        if (!this.outcomes.recordRentalCost(jobId, usd) || this.status(jobId) === null) return false;
        this.index(jobId, { cost_usd: usd });
        return true;
      })
      .immediate();
    if (written) this.announce(jobId);
  }

  /** How far a running chain is. */
  setChain(jobId: string, graph: ChainGraph): void {
    const now = this.now();
    const written = this.db
      .transaction(() => {
        if (this.status(jobId) !== 'running') return false;
        writeChain(this.db, jobId, graph, now);
        this.db.prepare('UPDATE jobs SET updated_at = ? WHERE job_id = ?').run(now, jobId);
        this.index(jobId, {});
        return true;
      })
      .immediate();
    if (written) this.announce(jobId);
  }

  private writeEstimate(jobId: string, estimate: CostEstimate, plan: CostPlan | null): void {
    this.db
      .prepare('UPDATE rs_job_run SET estimate_json = ? WHERE job_id = ?')
      .run(JSON.stringify(estimate), jobId);
    if (plan !== null) this.outcomes.recordEstimate(jobId, plan, estimate, this.now());
    this.index(jobId, { estimate_usd: estimate.projected_cost_usd });
  }

  /**
   * Ends a job: its last spans, status, result, artifacts and archive entries become visible together or not at all.
   * False when it had already ended. `at` is when it ended, for a sweep that learns of it later.
   */
  end(jobId: string, end: JobEnd, at: EpochSeconds = this.now()): boolean {
    this.writer.loseOpenSpans(jobId);
    this.beforeEnd();
    const ended = this.writer.flushWith(() => {
      if (!this.move(jobId, end.event, at)) return false;
      const failure = end.failure;
      this.db
        .prepare('UPDATE jobs SET result_json = ?, error = ?, message = ? WHERE job_id = ?')
        .run(
          end.result === undefined ? null : sortedJson(end.result),
          end.event === 'cancel' ? 'Cancelled by user' : (failure?.message ?? null),
          end.event === 'succeed' ? 'job completed' : (failure?.message ?? 'Cancelled by user'),
          jobId,
        );
      if (failure !== undefined) {
        this.db
          .prepare('UPDATE rs_job_run SET error_json = ? WHERE job_id = ?')
          .run(JSON.stringify(failure), jobId);
      }
      endChain(this.db, jobId, failure?.message ?? 'The job has ended.', at);
      for (const artifact of end.artifacts ?? []) this.insertArtifact(jobId, artifact, at);
      this.index(jobId, {
        finished_at: at,
        error_code: failure?.code ?? null,
        ...(end.cost_usd === undefined ? {} : { cost_usd: end.cost_usd }),
      });
      const { usd } = this.outcomes.recordOutcome(jobId, end, at);
      if (usd !== null && usd !== end.cost_usd) this.index(jobId, { cost_usd: usd });
      this.enqueueResult(jobId);
      return true;
    });
    if (ended) {
      tellOfJob(this.logger, ENDED[end.event], this.announce(jobId), end.failure);
      this.onEnded(jobId);
    }
    return ended;
  }

  status(jobId: string): JobStatus | null {
    return (
      (this.db.prepare('SELECT status FROM jobs WHERE job_id = ?').pluck().get(jobId) as JobStatus) ?? null
    );
  }

  private move(jobId: string, event: JobEvent, now: EpochSeconds): boolean {
    const from = statesBefore(event);
    const to = transition(from[0] as JobStatus, event);
    const marks = from.map(() => '?').join(', ');
    return (
      this.db
        .prepare(
          `UPDATE jobs SET status = ?, updated_at = max(created_at, ?) WHERE job_id = ? AND status IN (${marks})`,
        )
        .run(to, now, jobId, ...from).changes === 1
    );
  }

  /** Brings the board's row in step with the job's own; `changes` are what RUNE's table does not hold. */
  private index(jobId: string, changes: Partial<RsJobRow>): void {
    const job = this.db.prepare('SELECT * FROM jobs WHERE job_id = ?').get(jobId) as RuneJobRow;
    const before = this.db.prepare('SELECT * FROM rs_job WHERE job_id = ?').get(jobId) as
      | RsJobRow
      | undefined;
    upsertJobRow(this.db)(deriveJobRow(job, { ...kept(before), ...changes }));
  }

  private announce(jobId: string): RsJobRow | undefined {
    const row = this.db.prepare('SELECT * FROM rs_job WHERE job_id = ?').get(jobId) as RsJobRow | undefined;
    if (row !== undefined) this.feed.emit({ jobs: [toJobRow(row)], spans: [] });
    return row;
  }

  private insertArtifact(jobId: string, artifact: StoredArtifact, now: EpochSeconds): void {
    const { artifact_id, kind, name, content, sha256 } = artifact;
    this.db
      .prepare('INSERT INTO audit_artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(artifact_id, jobId, kind, name, content.length, sha256, content, now);
  }

  private now(): EpochSeconds {
    return toEpochSeconds(this.clock.nowUs());
  }
}

const ENDED = { succeed: 'job.succeeded', fail: 'job.failed', cancel: 'job.cancelled' } as const;

/** The columns of a board row that only it holds. */
function kept(row: RsJobRow | undefined): Partial<RsJobRow> {
  if (row === undefined) return {};
  const { model, started_at, finished_at, estimate_usd, cost_usd, span_count, error_count, error_code } = row;
  return { model, started_at, finished_at, estimate_usd, cost_usd, span_count, error_count, error_code };
}
