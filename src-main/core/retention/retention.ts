import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import { formatBytes } from '#shared/lib/format.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import type { RetentionPlan } from '#shared/model/http.ts';
import { type Bytes, type EpochSeconds, type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import { createKeepers, makePlan, type Plan, type Rules } from './plan.ts';
import { removeJobs } from './remove.ts';

export interface Retention {
  /** What would be deleted now. Its token names this very plan. */
  preview(): Promise<RetentionPlan>;
  /** Deletes what the preview of this token showed. Throws `retention.stale` where that is not what would be right now. */
  run(token: string): Promise<{ readonly deleted: number; readonly bytes: Bytes }>;
  /** Once an hour from now on, when the settings say what is too old or too much. */
  start(): void;
  /** Ends after the transaction that runs; what is begun is continued at the next start. */
  close(): Promise<void>;
}

export interface RetentionDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  rules(): Rules;
  /** Jobs are gone. */
  readonly onRemoved: () => void;
  readonly everyMs?: Milliseconds | undefined;
}

/** A preview that nobody agreed to for so long is forgotten. */
const VALID_MS: Milliseconds = 15 * 60_000;
const MAX_PLANS = 8;
const EVERY_MS: Milliseconds = 3_600_000;
/** After the start there is other work. */
const FIRST_MS: Milliseconds = 5 * 60_000;

export function createRetention(deps: RetentionDeps): Retention {
  const { db, clock, logger, rules } = deps;
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const plans = new Map<string, { readonly plan: Plan; readonly atMs: Milliseconds }>();
  let underWay: Promise<unknown> = Promise.resolve();
  let closed = false;
  const timers: NodeJS.Timeout[] = [];

  const planned = async (): Promise<Plan> => {
    const plan = await makePlan(db, rules(), now());
    plans.delete(plan.view.token);
    plans.set(plan.view.token, { plan, atMs: clock.monotonicMs() });
    const [oldest] = plans.keys();
    if (plans.size > MAX_PLANS && oldest !== undefined) plans.delete(oldest);
    return plan;
  };

  const agreed = (token: string): Plan => {
    const known = plans.get(token);
    plans.delete(token);
    const isOld = known !== undefined && clock.monotonicMs() - known.atMs > VALID_MS;
    if (known === undefined || isOld) throw stale('There is no such preview, or it is too old.');
    if (JSON.stringify(known.plan.rules) !== JSON.stringify(rules()))
      throw stale('The settings have changed since this preview was made.');
    return known.plan;
  };

  const remove = async (plan: Plan): Promise<{ readonly deleted: number; readonly bytes: Bytes }> => {
    const keepersOf = createKeepers(db);
    const sizes = new Map(plan.jobs.map(({ job_id, bytes }) => [job_id, bytes]));
    const removed = await removeJobs(db, [...sizes.keys()], {
      now,
      mayGo: (jobId) => !keepersOf([jobId], plan.rules).has(jobId),
      isClosed: () => closed,
    });
    const bytes = removed.reduce((sum, jobId) => sum + (sizes.get(jobId) ?? 0), 0);
    if (removed.length > 0) {
      deps.onRemoved();
      logger.log({
        level: 'info',
        event: 'retention.ran',
        message: `${removed.length} archived jobs were deleted from the store, about ${formatBytes(bytes)}.`,
      });
    }
    return { deleted: removed.length, bytes };
  };

  /** One after the other: two plans may hold the same jobs. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = underWay.then(work);
    underWay = mine.catch(() => {});
    return mine;
  };

  const byItself = async (): Promise<void> => {
    try {
      await inTurn(async () => {
        const { max_age_days, max_gb } = rules().retention;
        // What an earlier process began is continued, whatever the settings are now.
        const plan = max_age_days === null && max_gb === null ? null : await makePlan(db, rules(), now());
        if (closed) return;
        if (plan !== null) await remove(plan);
        else await removeJobs(db, [], { now, mayGo: () => false, isClosed: () => closed });
      });
    } catch (thrown) {
      if (closed) return;
      logger.log({ level: 'warn', event: 'retention.failed', message: toFailure(thrown).message });
    }
  };

  return {
    preview: async () => (await planned()).view,
    run: async (token) => {
      const plan = agreed(token);
      return inTurn(() => remove(plan));
    },
    start() {
      const everyMs = deps.everyMs ?? EVERY_MS;
      const every = setInterval(() => void byItself(), everyMs);
      const first = setTimeout(() => void byItself(), Math.min(FIRST_MS, everyMs));
      timers.push(every.unref(), first.unref());
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await underWay;
    },
  };
}

const stale = (why: string): CodedError =>
  new CodedError('retention.stale', `${why} Nothing was deleted: look at a new preview.`);
