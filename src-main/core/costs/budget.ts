import type { Clock } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { BudgetStatus } from '#shared/model/costs.ts';
import { type EpochSeconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';

export interface Budget {
  /** Reads a few rows, whatever there is of history. `except`: as if this job were not there. */
  status(except?: string): BudgetStatus;
  /** What this job may spend in all; infinite without a budget, and for the demo, whose money is none. */
  capOf(jobId: string): Cap;
}

export interface Cap {
  readonly usd: Usd;
  readonly of: 'job' | 'day';
}

/** What is paid, of what lies in the index of migration 11-budget. */
const ENDED = "demo = 0 AND actual_basis <> 'hardware-derived'";

interface Ended {
  readonly spent: Usd | null;
  readonly unknown: Usd | null;
}

/** For tests: the query of the day, as its index answers it. */
export const ENDED_TODAY = `
SELECT sum(CASE WHEN actual_basis <> 'unknown' THEN actual_usd END) AS spent,
  sum(CASE WHEN actual_basis = 'unknown' THEN
    (SELECT high_80 FROM rs_estimate e WHERE e.job_id = o.job_id AND e.paid = 1) END) AS unknown
FROM rs_outcome o INDEXED BY idx_rs_outcome_budget
WHERE ${ENDED} AND ended_at >= @from AND (ended_at < @until OR seq > @order)`;

/**
 * Paid spending of today: since midnight where this machine is. A job that ended without anybody knowing its cost, and
 * one that is not over, count with the upper end of their estimates: what is unknown is not nothing. An instance that
 * is kept counts until it will be destroyed.
 *
 * A clock that is set back opens nothing: what lies on a later day now was spent today, unless a job of an earlier day
 * ended after it. A clock that is set forward changes nothing in a running process, whose time is monotonic; a
 * process started after that believes it, and what is spent on such a day is today's again when the clock is put right.
 */
export function createBudget(deps: {
  readonly db: Db;
  readonly clock: Clock;
  settings(): Pick<Settings, 'spend'>;
}): Budget {
  const { db, clock } = deps;
  const isFutureKnown = db
    .prepare(
      `SELECT 1 FROM rs_outcome INDEXED BY idx_rs_outcome_budget WHERE ${ENDED} AND ended_at >= ? LIMIT 1`,
    )
    .pluck();
  const latestBefore = db
    .prepare('SELECT seq FROM rs_outcome NOT INDEXED WHERE ended_at < ? ORDER BY seq DESC LIMIT 1')
    .pluck();
  const endedToday = db.prepare(ENDED_TODAY);
  const underWay = db.prepare(`
SELECT sum(cost) AS spent, sum(max(0, high - cost)) AS unknown FROM (
  SELECT coalesce(j.cost_usd, 0) AS cost, coalesce(e.high_80, 0) AS high
  FROM rs_job j INDEXED BY idx_rs_job_facets JOIN rs_estimate e USING (job_id)
  WHERE j.status IN ('queued', 'running') AND j.demo = 0 AND e.paid = 1 AND j.job_id <> @except)`);

  const kept = db
    .prepare(
      `SELECT coalesce(sum(max(0, keep_until - ?) * usd_hour / 3600), 0) FROM rs_rental
WHERE state NOT IN ('gone', 'refused') AND state = 'kept' AND market <> 'demo'`,
    )
    .pluck();
  const isDemo = db.prepare('SELECT demo FROM rs_job WHERE job_id = ?').pluck();

  const status = (except = ''): BudgetStatus => {
    const now = toEpochSeconds(clock.nowUs());
    const from = localMidnight(now);
    const until = localMidnight(now, 1);
    const order = isFutureKnown.get(until) === undefined ? 0 : ((latestBefore.get(from) as number) ?? 0);
    const ended = endedToday.get({ from, until, order }) as Ended;
    const running = underWay.get({ except }) as Ended;
    const { day_budget_usd: day_usd, job_budget_usd: job_usd } = deps.settings().spend;
    return {
      day_usd,
      job_usd,
      spent_today_usd: (ended.spent ?? 0) + (running.spent ?? 0),
      committed_usd: (ended.unknown ?? 0) + (running.unknown ?? 0) + (kept.get(now) as number),
    };
  };

  return {
    status,
    capOf(jobId) {
      if (isDemo.get(jobId) === 1) return { usd: Number.POSITIVE_INFINITY, of: 'job' };
      const { day_usd, job_usd, spent_today_usd } = status(jobId);
      const job = job_usd ?? Number.POSITIVE_INFINITY;
      const day = day_usd === null ? Number.POSITIVE_INFINITY : Math.max(0, day_usd - spent_today_usd);
      return day < job ? { usd: day, of: 'day' } : { usd: job, of: 'job' };
    },
  };
}

/** The day's first moment in the zone of this machine, also on days that have 23 or 25 hours. */
export function localMidnight(now: EpochSeconds, daysOn = 0): EpochSeconds {
  const day = new Date(now * 1000);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysOn).getTime() / 1000;
}
