import type { Clock } from '#core/ports/ports.ts';
import { type Change, createChangeFeed } from '#core/store/change-feed.ts';
import { toJobRow } from '#core/store/job-index.ts';
import { LiveSpans } from '#core/store/live-spans.ts';
import { indexedEventId } from '#core/store/rollup.ts';
import { RuneStore, type TraceThread } from '#core/store/rune-store.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isTerminal, type JobDetail } from '#shared/model/job.ts';
import { remoteSource, type SourceInfo } from '#shared/model/source.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { toEpochSeconds, type Usd } from '#shared/model/units.ts';
import type { JobSource, JobsElsewhere, NewJobElsewhere } from '../job-source.ts';
import { isPlainAndFar, type RemoteSetting, remoteBase, remoteDigest } from './address.ts';
import { artifactBytes, cancelJob, isNoJob } from './api.ts';
import { bodyFor } from './bodies.ts';
import type { Remote } from './call.ts';
import { Follower } from './follower.ts';
import { keepArtifact, missingArtifact } from './left-behind.ts';
import { TIMING, type Timing } from './pace.ts';
import { RemoteStore } from './remote-store.ts';
import { checkRuneSpend } from './spend.ts';
import { SHOWN, Submissions } from './submissions.ts';

export interface RemoteDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
  /** By its name. Throws `secret.not_found`. */
  token(name: string): Promise<string>;
  /** Above what a rental on RUNE's server has to be approved. */
  thresholdUsd(): Usd;
  readonly timing?: Timing | undefined;
}

/** Spans of larger traces are not told one by one: the job's row says that there are more. */
const MAX_LIVE_SPANS = 5000;

/** A rune-api as a source. Opens what is known of it at once; `connect` says whether it can be reached. */
export class RemoteSource implements JobSource {
  readonly setting: RemoteSetting;
  readonly elsewhere: JobsElsewhere;
  private readonly remote: Remote;
  private readonly store: RemoteStore;
  private readonly reader: RuneStore;
  private readonly feed = createChangeFeed();
  private readonly live = new LiveSpans();
  private readonly submissions: Submissions;
  private readonly follower: Follower;
  private closed = false;

  constructor(setting: RemoteSetting, deps: RemoteDeps) {
    const { clock } = deps;
    const now = () => toEpochSeconds(clock.nowUs());
    this.setting = setting;
    this.remote = {
      who: `"${setting.name}"`,
      base: remoteBase(setting.url),
      tenant: setting.tenant,
      token: () => (setting.token_secret === null ? Promise.resolve(null) : deps.token(setting.token_secret)),
    };
    const store = new RemoteStore(deps.dataDir, remoteDigest(setting), setting.tenant, now);
    this.store = store;
    this.reader = new RuneStore(
      remoteSource(setting.id),
      () => ({
        path: store.path,
        source: store.db,
        index: store.db,
        recorded: true,
        quantised: false,
        hasEvents: true,
        hasArtifacts: true,
      }),
      () => clock.nowUs(),
      deps.thread ?? null,
    );
    this.submissions = new Submissions(store, this.remote, now);
    this.follower = new Follower({
      remote: this.remote,
      store,
      submissions: this.submissions,
      timing: deps.timing ?? TIMING,
      tell: (jobIds) => this.tell(jobIds),
    });
    this.elsewhere = {
      create: (job, signal) => this.create(job, deps.thresholdUsd(), signal),
      cancel: (jobId) => this.cancel(jobId),
    };
  }

  /** Asks who is there. Throws RemoteFailure where nobody ever was; else what is known is shown, and its trouble. */
  async connect(): Promise<void> {
    try {
      await this.follower.refresh();
    } catch (thrown) {
      if (this.store.flavour === null) throw thrown;
    }
    this.follower.start();
  }

  /** The same of one that is open. */
  async reconnect(): Promise<void> {
    // It says itself what went wrong.
    await this.follower.refresh().catch(ifCoded);
    this.follower.hurry();
  }

  info(): SourceInfo {
    const events = indexedEventId(this.store.db);
    const { trouble } = this.follower;
    return {
      source: remoteSource(this.setting.id),
      kind: 'remote',
      title: this.setting.name,
      path: this.remote.base,
      writable: true,
      snapshot: false,
      indexed_events: events,
      total_events: events,
      provides: {
        recorded_starts: false,
        recorded_parents: false,
        live: true,
        cancel: true,
        estimates: this.store.flavour === 'runescope',
      },
      notes: this.notes(),
      ...(trouble !== null && { trouble }),
    };
  }

  private notes(): readonly string[] {
    const notes = [
      'Starts and nesting of spans are inferred: the API says when a span ended and how long it took.',
    ];
    if (this.store.flavour === 'rune')
      notes.push(
        "RUNE's server lists no jobs: shown are those that were submitted from here, or opened by their id. It gives no requests, estimates and starts.",
      );
    const left = this.store.flavour === 'runescope' ? this.store.countIncomplete() : 0;
    if (left > 0)
      notes.push(
        `${left === 1 ? '1 job is' : `${left} jobs are`} not fetched whole yet; one that is opened is fetched at once.`,
      );
    if (this.follower.skippedTenants > 0)
      notes.push(`${this.follower.skippedTenants} jobs of other tenants in its list are not shown.`);
    if (this.setting.token_secret !== null && isPlainAndFar(this.remote.base))
      notes.push('The token travels over plain http, readable for everybody on the way: use https.');
    const { trouble } = this.follower;
    if (trouble !== null) notes.push(`Shown is what was known last. ${trouble.message}`);
    return notes;
  }

  listJobs(query: Parameters<JobSource['listJobs']>[0]) {
    return this.reader.listJobs(query);
  }

  facets() {
    return this.reader.facets();
  }

  job(jobId: string): JobDetail {
    const job = this.reader.job(jobId);
    const known = this.store.row(jobId);
    const notes = [...job.notes];
    if (known?.note != null && known.note !== SHOWN) notes.push(known.note);
    if (known?.remote_id != null && known.remote_id !== jobId)
      notes.push(`On the remote this is job ${known.remote_id}.`);
    if (known !== undefined && known.whole === 0 && known.remote_id !== null)
      notes.push('Only what the list of the remote says is known yet.');
    return { ...job, notes };
  }

  /** Brings a job up to date before it is shown. Throws `job.not_found`, and RemoteFailure for one that is not here. */
  async freshen(jobId: string): Promise<void> {
    const known = this.store.row(jobId);
    if (known !== undefined && (known.remote_id === null || known.complete === 1 || known.gone === 1)) return;
    if (known === undefined) return this.discover(jobId);
    if (this.follower.isFresh(jobId)) return;
    // What is here is shown, however the remote is.
    await this.follower.fetch({ job_id: jobId, remote_id: known.remote_id ?? jobId }).catch(ifCoded);
  }

  /** A job that was never seen here: somebody has its id from elsewhere. */
  private async discover(jobId: string): Promise<void> {
    const missing = new CodedError('job.not_found', `${this.remote.who} has no job ${jobId}.`);
    if (!/^[A-Za-z0-9._-]{1,128}$/.test(jobId) || /^\.+$/.test(jobId)) throw missing;
    const known = this.store.byRemoteId(jobId);
    if (known !== undefined) throw missing;
    try {
      if ((await this.follower.fetch({ job_id: jobId, remote_id: jobId })) === null) throw missing;
    } catch (thrown) {
      throw isNoJob(thrown) ? missing : thrown;
    }
  }

  async trace(jobId: string): Promise<ArrayBuffer> {
    return this.reader.traceLater(jobId);
  }

  span(jobId: string, spanId: string, eventId: number) {
    return this.reader.span(jobId, spanId, eventId);
  }

  exportTrace(jobId: string, format: Parameters<JobSource['exportTrace']>[1]) {
    return this.reader.exportTrace(jobId, format);
  }

  summary(jobId: string | undefined) {
    return this.reader.summary(jobId);
  }

  tenantSummary(tenantId: string) {
    return this.reader.tenantSummary(tenantId);
  }

  events(jobId: string, afterId: number, limit: number) {
    return this.reader.events(jobId, afterId, limit);
  }

  async artifact(jobId: string, artifactId: string) {
    const missing = missingArtifact(this.store, jobId, artifactId);
    const remoteId = this.store.row(jobId)?.remote_id ?? null;
    if (missing !== null && remoteId !== null)
      keepArtifact(
        this.store,
        artifactId,
        await artifactBytes(this.remote, remoteId, missing, this.follower.signal),
      );
    return this.reader.artifact(jobId, artifactId);
  }

  chain(jobId: string) {
    return this.reader.chain(jobId);
  }

  figures() {
    return this.reader.figures();
  }

  onChange(listener: (change: Change) => void, jobId?: string): () => void {
    const unwatch = this.follower.watch(jobId);
    const unsubscribe = this.feed.subscribe(listener);
    return () => {
      unsubscribe();
      unwatch();
    };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.follower.close();
    this.store.close();
  }

  private async create(job: NewJobElsewhere, thresholdUsd: Usd, signal: AbortSignal) {
    const { tenant } = this.setting;
    if (job.tenant_id !== 'default' && job.tenant_id !== tenant)
      throw new CodedError(
        'request.invalid',
        `${this.remote.who} is used as tenant "${tenant}": a job of "${job.tenant_id}" cannot be submitted there.`,
      );
    const flavour = this.store.flavour ?? (await this.follower.identify(signal));
    const body = bodyFor(flavour, job.kind, job.request);
    const { approved_usd: approvedUsd, idempotency_key: idempotencyKey, kind } = job;
    if (flavour === 'rune') await checkRuneSpend(this.remote, body, { thresholdUsd, approvedUsd }, signal);
    const made = await this.submissions.submit({ kind, body, idempotencyKey, approvedUsd }, signal);
    this.tell([made.job_id]);
    this.follower.hurry();
    return made;
  }

  private async cancel(jobId: string): Promise<{ readonly status: string }> {
    const { signal } = this.follower;
    if (this.store.row(jobId) === undefined) await this.discover(jobId);
    if (this.store.row(jobId)?.remote_id === null) this.tell(await this.submissions.settle(signal));
    const remoteId = this.store.row(jobId)?.remote_id ?? null;
    if (remoteId === null) {
      if (isTerminal(this.store.status(jobId) ?? '')) throw alreadyEnded();
      throw new CodedError(
        'remote.unreachable',
        `${this.remote.who} has not said yet whether it took this job: cancel it when it has.`,
        { retryable: true },
      );
    }
    // RUNE cancels what has ended, too, and forgets how it ended.
    const ids = { job_id: jobId, remote_id: remoteId };
    if (isTerminal((await this.follower.fetch(ids)) ?? 'failed')) throw alreadyEnded();
    await cancelJob(this.remote, remoteId, signal);
    const status = await this.follower.fetch(ids).catch(() => 'cancelled');
    this.follower.hurry();
    return { status: status ?? 'cancelled' };
  }

  private tell(jobIds: readonly string[]): void {
    if (!this.feed.watched || jobIds.length === 0 || this.closed) return;
    const rows = jobIds.flatMap((jobId) => this.store.boardRow(jobId) ?? []);
    const spans = rows
      .filter(({ span_count }) => jobIds.length <= 20 && span_count <= MAX_LIVE_SPANS)
      .flatMap(({ job_id }) => this.live.changes(job_id, decodeTrace(this.reader.trace(job_id))));
    this.feed.emit({ jobs: rows.map(toJobRow), spans });
  }
}

/** What is expected to go wrong is shown with the source; a bug is not. */
const ifCoded = (thrown: unknown): void => {
  if (!(thrown instanceof CodedError)) throw thrown;
};

const alreadyEnded = (): CodedError => new CodedError('job.not_cancellable', 'This job has already ended.');
