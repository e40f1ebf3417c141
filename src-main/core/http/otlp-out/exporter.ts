import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger } from '#core/ports/ports.ts';
import { otlpRequestText, otlpSpans } from '#core/telemetry/export/otlp.ts';
import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import type { LogEvent } from '#shared/model/log-events.ts';
import { SPAN_EXTERNAL } from '#shared/model/trace-columns.ts';
import { type Bytes, type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { HttpBoard } from '../board.ts';
import type { OtlpOutQueue, QueuedJob } from './queue.ts';
import { type Collector, type Sent, sendTraces } from './send.ts';

export interface OtlpExporterDeps {
  readonly queue: OtlpOutQueue;
  readonly jobs: {
    /** Throws `job.not_found`. */
    job(jobId: string): JobDetail;
    /** In pre-order, from the `from`-th on. */
    spans(jobId: string, from: number, limit: number): readonly SpanDetail[];
  };
  /** Where jobs go; null while they go nowhere. Throws coded errors where that cannot be said. */
  readonly collector: () => Promise<Collector | null>;
  readonly board: HttpBoard;
  /** Where it will go, for people. */
  readonly endpoint: () => string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backoff?: { readonly firstMs: Milliseconds; readonly maxMs: Milliseconds } | undefined;
  readonly timeoutMs?: Milliseconds | undefined;
}

export interface OtlpExporter {
  /** Jobs may have ended: sends what waits, in the background. */
  wake(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Ends what is under way; what was not sent waits for the next start. */
  close(): Promise<void>;
}

const BACKOFF = { firstMs: 1000, maxMs: 5 * 60_000 };
/** How long a request that is under way may still be answered when everything ends: it need not be sent again then. */
const GRACE_MS: Milliseconds = 1000;
/** Jobs that end together go together. */
const GATHER_MS: Milliseconds = 250;
const JOBS = 64;
const PAGE = 200;
/** Of a request, before it is compressed. */
const MAX_REQUEST: Bytes = 4 * 1024 * 1024;

interface Ready {
  readonly job: QueuedJob;
  readonly spans: readonly string[];
}

/** `signal` ends waiting and begins nothing new, `abort` a second later what is under way. */
interface Stop {
  readonly signal: AbortSignal;
  readonly abort: AbortSignal;
  stop(): void;
}

function createStop(): Stop {
  const soft = new AbortController();
  const hard = new AbortController();
  return {
    signal: soft.signal,
    abort: hard.signal,
    stop: () => {
      soft.abort();
      setTimeout(() => hard.abort(), GRACE_MS).unref();
    },
  };
}

/** What a collector does not want, although it can be reached, or what cannot be made into spans. */
class Refusal extends Error {
  readonly failure: Failure;
  constructor(thrown: unknown) {
    const failure = toFailure(thrown);
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * Sends ended jobs to a collector. A job is done when all of its spans were answered with 200; a process that dies
 * before it has noted that sends it again with the same ids, by which receivers know it.
 */
export function createOtlpExporter(deps: OtlpExporterDeps): OtlpExporter {
  const { queue, jobs, board, clock, logger, backoff = BACKOFF } = deps;
  let stop = createStop();
  let closed = false;
  let running: Promise<void> | null = null;
  let again = false;
  let trouble: Failure | null = null;
  /** Something of the jobs under way was left out: their other requests do not make that good. */
  let leftOut = false;

  const log = (level: 'info' | 'warn', event: LogEvent, message: string, jobId?: string): void =>
    logger.log({ level, logger: 'otlp', event, message, ...(jobId === undefined ? {} : { job_id: jobId }) });

  const setTrouble = (failure: Failure | null): void => {
    if (failure !== null && failure.message !== trouble?.message)
      log('warn', 'otlp.not_sent', failure.message);
    trouble = failure;
  };

  const waitFor = (outcome: Sent, failures: number): Milliseconds => {
    // Also who says "at once" is not asked without a pause.
    if (outcome.kind === 'later' && outcome.afterMs !== null)
      return Math.max(outcome.afterMs, backoff.firstMs / 2);
    // What a person has to mend is not asked for every second; other settings and secrets are tried at once.
    const doublings = outcome.kind === 'closed' ? 20 : Math.min(failures, 20);
    return Math.min(backoff.maxMs, backoff.firstMs * 2 ** doublings) * (0.5 + Math.random() / 2);
  };

  /** One request, until it is taken; throws Refusal when it never will be. */
  async function send(spans: readonly string[], asked: Stop): Promise<void> {
    const { signal, abort } = asked;
    const collector = await deps.collector();
    if (collector === null) throw new DOMException('Nothing is sent any more.', 'AbortError');
    const request = otlpRequestText(spans);
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted();
      const outcome = await sendTraces(collector, request, abort, deps.timeoutMs);
      if (outcome.kind === 'taken') return taken(outcome, spans.length);
      // Other settings hold by now: what those before led to says nothing.
      signal.throwIfAborted();
      if (outcome.kind === 'refused') {
        if (!outcome.isTooLarge || spans.length < 2) throw new Refusal(outcome.failure);
        const half = Math.ceil(spans.length / 2);
        await send(spans.slice(0, half), asked);
        return send(spans.slice(half), asked);
      }
      setTrouble(toFailure(outcome.failure));
      await sleep(waitFor(outcome, failures), undefined, { signal });
    }
  }

  function taken(outcome: Extract<Sent, { readonly kind: 'taken' }>, count: number): void {
    if (outcome.rejectedSpans > 0) {
      leftOut = true;
      const why = outcome.message || 'it did not say why';
      const words = `The collector left out ${outcome.rejectedSpans} of ${count} spans: ${why}.`;
      setTrouble(toFailure(new CodedError('otlp.refused', words)));
    } else if (!leftOut) setTrouble(null);
  }

  /** Several small jobs in one request; where that is refused, each on its own, to know which. */
  async function sendTogether(group: readonly Ready[], asked: Stop): Promise<void> {
    if (group.length === 0) return;
    const spans = group.flatMap((one) => one.spans);
    try {
      await send(spans, asked);
      done(group.map(({ job }) => job));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const [only, ...more] = group;
      if (more.length === 0 && only !== undefined) refuse(only.job, thrown.failure);
      else for (const one of group) await sendTogether([one], asked);
    }
  }

  function done(sent: readonly QueuedJob[]): void {
    leftOut = false;
    queue.sent(sent, toEpochSeconds(clock.nowUs()));
    for (const { job_id } of sent) log('info', 'otlp.sent', 'The job is at the collector.', job_id);
  }

  function refuse(job: QueuedJob, failure: Failure): void {
    queue.refused(job, failure);
    setTrouble(failure);
  }

  /** A job that fits a request; null for a larger one, which has been sent, and for one of which there is nothing. */
  async function readyOf(job: QueuedJob, asked: Stop): Promise<Ready | null> {
    let spans: string[] = [];
    let bytes = 0;
    let isLarge = false;
    const detail = readable(() => jobs.job(job.job_id));
    for (let from = 0; ; from += PAGE) {
      const page = readable(() => jobs.spans(job.job_id, from, PAGE));
      // What others sent of this job is theirs to send.
      const own = page.filter(({ flags }) => (flags & SPAN_EXTERNAL) === 0);
      for (const text of readable(() => otlpSpans(detail, own).map((span) => JSON.stringify(span)))) {
        if (bytes + text.length > MAX_REQUEST && spans.length > 0) {
          isLarge = true;
          await send(spans, asked);
          spans = [];
          bytes = 0;
        }
        spans.push(text);
        bytes += text.length;
      }
      if (page.length < PAGE) break;
      await nextTurn();
      asked.signal.throwIfAborted();
    }
    if (spans.length === 0) {
      queue.gone(job);
      return null;
    }
    if (!isLarge) return { job, spans };
    await send(spans, asked);
    done([job]);
    return null;
  }

  async function sendWaiting(asked: Stop): Promise<void> {
    for (;;) {
      const waiting = (await deps.collector()) === null ? [] : queue.waiting(JOBS);
      if (waiting.length === 0) return;
      let group: Ready[] = [];
      let bytes = 0;
      for (const job of waiting) {
        const ready = await one(job, asked);
        if (ready === null) continue;
        const size = ready.spans.reduce((sum, text) => sum + text.length, 0);
        if (bytes + size > MAX_REQUEST) {
          await sendTogether(group, asked);
          group = [];
          bytes = 0;
        }
        group.push(ready);
        bytes += size;
      }
      await sendTogether(group, asked);
    }
  }

  async function one(job: QueuedJob, asked: Stop): Promise<Ready | null> {
    try {
      return await readyOf(job, asked);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      // Deleted since, by retention or by hand.
      if (thrown.failure.code === 'job.not_found') queue.gone(job);
      else refuse(job, thrown.failure);
      return null;
    }
  }

  async function run(): Promise<void> {
    do {
      again = false;
      const asked = stop;
      const { signal } = asked;
      leftOut = false;
      try {
        await sleep(GATHER_MS, undefined, { signal });
        await sendWaiting(asked);
      } catch (thrown) {
        if (signal.aborted || (thrown as Error).name === 'AbortError') continue;
        // The store, or a secret that is not there.
        setTrouble(toFailure(thrown));
        setTimeout(wake, backoff.maxMs).unref();
      }
    } while (again && !closed);
  }

  const wake = (): void => {
    if (closed || !board.settings().otlp_out.enabled) return;
    if (running !== null) {
      again = true;
      return;
    }
    running = run().finally(() => {
      running = null;
    });
  };

  const startAnew = (): void => {
    if (closed) return;
    trouble = null;
    queue.reopen();
    stop.stop();
    stop = createStop();
    wake();
  };
  let asked = JSON.stringify(board.settings().otlp_out);
  board.onSettings(() => {
    const now = JSON.stringify(board.settings().otlp_out);
    if (now === asked) return;
    asked = now;
    startAnew();
  });
  board.onSecret((name) => {
    if (board.settings().otlp_out.headers.some(({ secret }) => secret === name)) startAnew();
  });
  board.report('otlp_out', () => {
    const { sent, waiting, last_sent_at } = queue.counts();
    const { enabled } = board.settings().otlp_out;
    return {
      enabled,
      endpoint: deps.endpoint(),
      sent_jobs: sent,
      waiting_jobs: waiting,
      last_sent_at,
      trouble: enabled ? (trouble ?? queue.lastRefusal()) : null,
    };
  });

  return {
    wake,
    idle: async () => {
      while (running !== null) await running;
    },
    close: async () => {
      closed = true;
      stop.stop();
      await running;
    },
  };
}

/** What cannot be read of one job must not hold up the others; a store that cannot be read does. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code.startsWith('store.')) throw thrown;
    throw new Refusal(thrown);
  }
}
