import type { Db } from '#core/store/database.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';
import type { LogEntry } from './keeping-logger.ts';

export type LogLimits = Settings['logs'];

const REQUEST = 'http.request';
/** Of the rows that are kept at most so many are requests, once there are as many as may be. */
const REQUESTS_SHARE = 0.5;
const DAY: Seconds = 86_400;
/** Rows are counted, and what is too old is looked for, so often; deleted is in slices of about 5 ms. */
const LOOK_EVERY: Seconds = 60;
const SLICE = 1000;

/** Called in the transaction that has inserted `batch`; true: there is more to delete, and it wants to be called again. */
export function createPruner(
  db: Db,
  limits: () => LogLimits,
  now: () => EpochSeconds,
): (batch: readonly LogEntry[]) => boolean {
  const countAll = db.prepare('SELECT count(*) FROM rs_log').pluck();
  const countRequests = db.prepare(`SELECT count(*) FROM rs_log WHERE event = '${REQUEST}'`).pluck();
  const deleteOldest = db.prepare(
    'DELETE FROM rs_log WHERE seq IN (SELECT seq FROM rs_log ORDER BY seq LIMIT ?)',
  );
  const deleteRequests = db.prepare(
    `DELETE FROM rs_log WHERE seq IN (SELECT seq FROM rs_log WHERE event = '${REQUEST}' ORDER BY seq LIMIT ?)`,
  );
  // The oldest are the first: an index by time would cost each line that is written.
  const deleteAged = db.prepare(
    'DELETE FROM rs_log WHERE at < ? AND seq IN (SELECT seq FROM rs_log ORDER BY seq LIMIT ?)',
  );
  let rows = -1;
  let requests = -1;
  let agedAt: EpochSeconds = 0;
  let countedAt: EpochSeconds = 0;

  const count = (): void => {
    countedAt = now();
    rows = countAll.get() as number;
    requests = countRequests.get() as number;
  };
  const tooOld = (keepDays: number): boolean => {
    const at = now();
    if (Math.abs(at - agedAt) < LOOK_EVERY) return false;
    const { changes } = deleteAged.run(at - keepDays * DAY, SLICE);
    if (changes > 0) count();
    if (changes < SLICE) agedAt = at;
    return changes >= SLICE;
  };
  const tooMany = (most: number): boolean => {
    if (rows <= most) return false;
    // Jobs that were deleted took their lines along.
    if (Math.abs(now() - countedAt) > LOOK_EVERY) count();
    const excess = Math.min(rows - most, SLICE);
    if (excess <= 0) return false;
    const ofRequests = Math.max(0, Math.min(excess, requests - Math.floor(most * REQUESTS_SHARE)));
    requests -= deleteRequests.run(ofRequests).changes;
    const ofAll = deleteOldest.run(excess - ofRequests).changes;
    rows -= ofRequests + ofAll;
    return rows > most;
  };
  return (batch) => {
    if (rows === -1) count();
    else {
      rows += batch.length;
      for (const { event } of batch) if (event === REQUEST) requests++;
    }
    const { keep_days, max_rows } = limits();
    const isOld = tooOld(keep_days);
    return tooMany(max_rows) || isOld;
  };
}
