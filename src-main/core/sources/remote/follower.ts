import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, toFailure } from '#shared/model/failure.ts';
import { isTerminal } from '#shared/model/job.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type Flavour, isOurs, listJobs, probe } from './api.ts';
import type { Remote } from './call.ts';
import { fetchJob } from './job-fetch.ts';
import { Pace, type Timing } from './pace.ts';
import type { Ids, RemoteStore, Unfinished } from './remote-store.ts';
import type { Submissions } from './submissions.ts';
import { followTrace } from './trace-feed.ts';

/** Of a list, at once. */
const PAGE = 500;
/** Of a list, in all: older jobs are found by their id. */
const MAX_LISTED = 50_000;
/** Jobs asked for in one round; the others have their turn in the next. */
const PER_ROUND = 30;
/** Jobs of the history that are fetched whole in one round. */
const HISTORY_PER_ROUND = 20;
/** How often a job that cannot be read is tried. */
const MAX_TRIES = 3;
/** What a view asks twice within this is asked once of the remote. */
const FRESH_MS: Milliseconds = 1500;
/** Jobs that run and are asked for when somebody connects. */
const REFRESHED = 3;
/** Streams held open at once. */
const MAX_STREAMS = 4;

/**
 * Keeps the store in step with a remote: its list, jobs that run, and the history piece by piece. One round at a time,
 * politely; nothing here keeps the process alive.
 */
export class Follower {
  private readonly remote: Remote;
  private readonly store: RemoteStore;
  private readonly submissions: Submissions;
  private readonly timing: Timing;
  private readonly tell: (jobIds: readonly string[]) => void;
  private readonly closed = new AbortController();
  private readonly pace: Pace;
  private readonly tries = new Map<string, number>();
  private readonly streams = new Map<string, AbortController>();
  private readonly watchedJobs = new Map<string, number>();
  private watchers = 0;
  private wake: () => void = () => {};
  private listDueAt = 0;
  private turn = 0;
  /** Somebody was in a hurry while a round went on. */
  private hurried = false;
  private readonly fetchedAt = new Map<string, Milliseconds>();
  private readonly underway = new Map<string, Promise<string | null>>();
  /** Why the remote could not be asked; null: it could. */
  trouble: Failure | null = null;
  skippedTenants = 0;

  constructor(deps: {
    readonly remote: Remote;
    readonly store: RemoteStore;
    readonly submissions: Submissions;
    readonly timing: Timing;
    /** Says what has changed; called after it is in the store. */
    tell(jobIds: readonly string[]): void;
  }) {
    this.remote = deps.remote;
    this.store = deps.store;
    this.submissions = deps.submissions;
    this.timing = deps.timing;
    this.tell = deps.tell;
    this.pace = new Pace(deps.timing);
  }

  get signal(): AbortSignal {
    return this.closed.signal;
  }

  start(): void {
    void this.run();
  }

  close(): void {
    this.closed.abort();
    for (const stream of this.streams.values()) stream.abort();
    this.wake();
  }

  /** Somebody looks at the source, or at one job of it; returns how to stop. */
  watch(jobId: string | undefined): () => void {
    this.watchers++;
    if (jobId !== undefined) this.watchedJobs.set(jobId, (this.watchedJobs.get(jobId) ?? 0) + 1);
    this.hurry();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.watchers--;
      if (jobId === undefined) return;
      const left = (this.watchedJobs.get(jobId) ?? 1) - 1;
      if (left > 0) this.watchedJobs.set(jobId, left);
      else {
        this.watchedJobs.delete(jobId);
        this.streams.get(jobId)?.abort();
      }
    };
  }

  /** The next round comes now, unless the remote asked for a rest. */
  hurry(): void {
    this.hurried = true;
    this.wake();
  }

  /** Asks who is there. Throws RemoteFailure. */
  async identify(signal: AbortSignal): Promise<Flavour> {
    try {
      const flavour = await probe(this.remote, signal);
      this.store.flavour = flavour;
      this.trouble = null;
      return flavour;
    } catch (thrown) {
      this.trouble = toFailure(thrown);
      throw thrown;
    }
  }

  /** One job now; its status here, null where the remote does not know it. Throws RemoteFailure. */
  fetch(job: Ids): Promise<string | null> {
    const running = this.underway.get(job.job_id);
    if (running !== undefined) return running;
    const fetched = this.fetchNow(job).finally(() => this.underway.delete(job.job_id));
    this.underway.set(job.job_id, fetched);
    return fetched;
  }

  /** Whether a job was asked for so lately that what is here is as good, or must not be asked for now. */
  isFresh(jobId: string): boolean {
    if (this.pace.toldToRest) return true;
    return performance.now() - (this.fetchedAt.get(jobId) ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
  }

  /** What is new, as far as one or two calls tell: for whoever looks now. Throws RemoteFailure. */
  async refresh(): Promise<void> {
    try {
      const flavour = await this.identify(this.signal);
      if (flavour === 'runescope') await this.readList(1);
      await this.each(this.store.running().slice(0, REFRESHED), (job) => this.tried(job));
    } catch (thrown) {
      this.trouble = toFailure(thrown);
      throw thrown;
    }
  }

  private async fetchNow(job: Ids): Promise<string | null> {
    const { remote, store, signal } = this;
    const flavour = store.flavour ?? (await this.identify(signal));
    const before = store.state(job.job_id);
    if (this.fetchedAt.size >= 1000) this.fetchedAt.clear();
    this.fetchedAt.set(job.job_id, performance.now());
    try {
      return await fetchJob({ remote, store, signal }, job, flavour);
    } finally {
      if (!signal.aborted && store.state(job.job_id) !== before) this.tell([job.job_id]);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      let more = false;
      try {
        more = await this.round();
        this.pace.succeeded();
        this.trouble = null;
      } catch (thrown) {
        if (signal.aborted) return;
        this.trouble = toFailure(thrown);
        this.pace.failed(thrown);
      }
      if (signal.aborted) return;
      const hurried = this.watchers > 0 && (this.submissions.waiting > 0 || this.store.running().length > 0);
      await this.rest(more ? this.gap : this.pace.next(hurried));
    }
  }

  private rest(ms: Milliseconds): Promise<void> {
    return new Promise((resolve) => {
      const earliest = performance.now() + this.pace.restMs;
      let timer = setTimeout(resolve, ms);
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        const sooner = this.signal.aborted ? 0 : Math.max(0, earliest - performance.now());
        timer = setTimeout(resolve, sooner);
        timer.unref();
      };
      if (this.hurried || this.signal.aborted) this.wake();
      this.hurried = false;
    });
  }

  private get gap(): Milliseconds {
    return this.timing.gapMs[this.store.flavour ?? 'rune'];
  }

  /** True when there is more of the history to fetch at once. */
  private async round(): Promise<boolean> {
    // A round may ask for nothing: whether the remote is there again is asked then, too.
    const known = this.trouble === null ? this.store.flavour : null;
    const flavour = known ?? (await this.identify(this.signal));
    const settled = await this.submissions.settle(this.signal);
    if (settled.length > 0) this.tell(settled);
    if (flavour === 'runescope' && performance.now() >= this.listDueAt) {
      await this.readList();
      // Whoever waits for a job that somebody else starts there waits this long.
      this.listDueAt = performance.now() + this.timing.idleMs * 0.9;
    }
    await this.readRunning();
    return this.readHistory();
  }

  /** The newest first; the first time all of them, then as far as there is something new. */
  private async readList(pages = MAX_LISTED / PAGE): Promise<void> {
    const { remote, store, signal } = this;
    this.skippedTenants = 0;
    for (let offset = 0; offset < pages * PAGE; offset += PAGE) {
      const page = await listJobs(remote, PAGE, offset, signal);
      const ours = page.jobs.filter((job) => isOurs(remote, job));
      this.skippedTenants += page.jobs.length - ours.length;
      const changed = store.changing(() => ours.flatMap((job) => store.takeSummary(job) ?? []));
      this.tell(changed);
      if (page.jobs.length < PAGE || (store.listed && changed.length === 0)) {
        store.listed = true;
        return;
      }
      if (offset + PAGE < pages * PAGE) await this.breathe();
    }
    if (pages > 1) store.listed = true;
  }

  private async readRunning(): Promise<void> {
    const running = this.store.running();
    this.turn += PER_ROUND;
    const from = running.length <= PER_ROUND ? 0 : this.turn % running.length;
    const theirTurn = [...running.slice(from), ...running.slice(0, from)].slice(0, PER_ROUND);
    await this.each(theirTurn, (job) => {
      this.stream(job);
      return this.tried(job);
    });
  }

  private async readHistory(): Promise<boolean> {
    const jobs = this.store.incomplete(HISTORY_PER_ROUND);
    await this.each(jobs, (job) => this.tried(job));
    return jobs.length === HISTORY_PER_ROUND;
  }

  private async each(jobs: readonly Unfinished[], ask: (job: Unfinished) => Promise<void>): Promise<void> {
    for (const [i, job] of jobs.entries()) {
      if (i > 0) await this.breathe();
      await ask(job);
    }
  }

  /** A job that cannot be read does not keep the others from it; a remote that cannot be reached does. */
  private async tried(job: Unfinished): Promise<void> {
    try {
      await this.fetch(job);
      this.tries.delete(job.job_id);
    } catch (thrown) {
      if (this.signal.aborted) throw thrown;
      const { code, message } = toFailure(thrown);
      if (code !== 'remote.bad_response') throw thrown;
      const tries = (this.tries.get(job.job_id) ?? 0) + 1;
      this.tries.set(job.job_id, tries);
      this.store.setNote(job.job_id, `It cannot be read. ${message}`);
      if (tries < MAX_TRIES) return;
      this.tries.delete(job.job_id);
      if (isTerminal(this.store.status(job.job_id) ?? '')) this.store.setComplete(job.job_id, message);
    }
  }

  /** Live events of a job that somebody watches. */
  private stream({ job_id, remote_id, last_event }: Unfinished): void {
    if (!this.watchedJobs.has(job_id) || this.streams.has(job_id) || this.streams.size >= MAX_STREAMS) return;
    const stop = new AbortController();
    this.streams.set(job_id, stop);
    const after = this.store.flavour === 'runescope' ? last_event : 0;
    const onEvents = (events: Parameters<RemoteStore['addEvents']>[1]): void => {
      if (stop.signal.aborted || this.signal.aborted) return;
      if (this.store.addEvents(job_id, events)) this.tell([job_id]);
    };
    followTrace(this.remote, remote_id, after, onEvents, AbortSignal.any([stop.signal, this.signal]))
      .then(
        () => this.hurry(),
        // Polling goes on without it, and the next round begins it anew.
        () => {},
      )
      .finally(() => this.streams.delete(job_id));
  }

  private async breathe(): Promise<void> {
    await sleep(this.gap, undefined, { signal: this.signal, ref: false });
  }
}
