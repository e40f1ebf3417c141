import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from '#core/store/database.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { RetentionPlan } from '#shared/model/http.ts';
import { TERMINAL_STATUSES } from '#shared/model/job.ts';
import type { Bytes, EpochSeconds } from '#shared/model/units.ts';
import { createSizes, usedBytes } from './sizes.ts';

/** What decides which jobs go. */
export interface Rules {
  readonly retention: Settings['retention'];
  /** Names of the archive targets that deliver; each must have the job. */
  readonly targets: readonly string[];
  /** Jobs that wait to be sent to a collector stay until they are. */
  readonly exporting: boolean;
}

export interface PlannedJob {
  readonly job_id: string;
  readonly finished_at: EpochSeconds | null;
  readonly bytes: Bytes;
}

export interface Plan {
  readonly view: RetentionPlan;
  /** The oldest first. */
  readonly jobs: readonly PlannedJob[];
  readonly rules: Rules;
}

interface BoardRow {
  readonly job_id: string;
  readonly created_at: EpochSeconds;
  readonly ended_at: EpochSeconds;
  readonly is_ended: number;
  readonly span_count: number;
}

/** Jobs looked at between two turns of the event loop. */
const CHUNK = 128;
const SAMPLE = 10;
const DAY = 86_400;
const GB = 1e9;

const ENDED = TERMINAL_STATUSES.map((status) => `'${status}'`).join(', ');

/**
 * A job that its archives do not all have, that rents something still, or that a collector has yet to get, stays. No
 * archive at all is none that has it.
 */
const KEEPERS = `
SELECT value FROM json_each(@ids) AS job WHERE @targets = 0
  OR @targets > (SELECT count(*) FROM rs_archive_delivery WHERE job_id = job.value AND target IN (SELECT value FROM json_each(@names)))
  OR EXISTS (SELECT 1 FROM rs_archive_outbox WHERE job_id = job.value)
  OR EXISTS (SELECT 1 FROM rs_rental_use u JOIN rs_rental r USING (rental_id)
    WHERE u.job_id = job.value AND r.state NOT IN ('gone', 'refused'))
  OR (@exporting AND EXISTS (SELECT 1 FROM rs_otlp_out WHERE job_id = job.value AND sent_at IS NULL AND refused = 0))`;

/** Of these jobs, those that must stay. */
export function createKeepers(db: Db): (ids: readonly string[], rules: Rules) => ReadonlySet<string> {
  const keepers = db.prepare(KEEPERS).pluck();
  return (ids, { targets, exporting }) =>
    new Set(
      keepers.all({
        ids: JSON.stringify(ids),
        targets: targets.length,
        names: JSON.stringify(targets),
        exporting: exporting ? 1 : 0,
      }) as string[],
    );
}

/** What is to be deleted now by age, and then by size, the oldest first. Reads a part of the store at a time. */
export async function makePlan(db: Db, rules: Rules, now: EpochSeconds): Promise<Plan> {
  const { max_age_days, max_gb } = rules.retention;
  const cutoff = max_age_days === null ? Number.NEGATIVE_INFINITY : now - max_age_days * DAY;
  const excess: Bytes = max_gb === null ? 0 : Math.max(0, usedBytes(db) - max_gb * GB);
  const next = db.prepare(`
SELECT job_id, created_at, coalesce(finished_at, updated_at) AS ended_at, status IN (${ENDED}) AS is_ended, span_count
FROM rs_job WHERE (created_at, job_id) > (?, ?) ORDER BY created_at, job_id LIMIT ${CHUNK}`);
  // The newest stays: the next one would be given its place in the table, and be taken for it by who follows the table.
  const newest = db.prepare('SELECT job_id FROM jobs ORDER BY rowid DESC LIMIT 1').pluck().get();
  const keepersOf = createKeepers(db);
  const sizesOf = createSizes(db);
  const jobs: PlannedJob[] = [];
  let kept = 0;
  let freed: Bytes = 0;
  let after: Pick<BoardRow, 'created_at' | 'job_id'> = { created_at: Number.NEGATIVE_INFINITY, job_id: '' };
  // A job ends after it was made: those made since the cutoff cannot be too old.
  while (after.created_at < cutoff || freed < excess) {
    const rows = next.all(after.created_at, after.job_id) as BoardRow[];
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last;
    const ended = rows.filter(
      (row) => row.is_ended === 1 && row.job_id !== newest && (row.ended_at < cutoff || freed < excess),
    );
    const keepers = keepersOf(
      ended.map(({ job_id }) => job_id),
      rules,
    );
    const going = ended.filter(({ job_id }) => !keepers.has(job_id));
    const sizes = sizesOf(going);
    for (const { job_id, ended_at } of ended) {
      if (ended_at >= cutoff && freed >= excess) continue;
      if (keepers.has(job_id)) {
        kept++;
        continue;
      }
      const bytes = Math.round(sizes.get(job_id) ?? 0);
      freed += bytes;
      jobs.push({ job_id, finished_at: ended_at, bytes });
    }
    await nextTurn();
  }
  return { jobs, rules, view: viewOf(jobs, kept, freed) };
}

function viewOf(jobs: readonly PlannedJob[], kept_unarchived: number, bytes: Bytes): RetentionPlan {
  let oldest_at: EpochSeconds | null = null;
  let newest_at: EpochSeconds | null = null;
  const hash = createHash('sha256');
  for (const { job_id, finished_at } of jobs) {
    hash.update(`${job_id}\n`);
    if (finished_at === null) continue;
    oldest_at = Math.min(oldest_at ?? finished_at, finished_at);
    newest_at = Math.max(newest_at ?? finished_at, finished_at);
  }
  return {
    jobs: jobs.length,
    bytes,
    oldest_at,
    newest_at,
    kept_unarchived,
    sample: jobs.slice(0, SAMPLE).map(({ job_id, finished_at }) => ({ job_id, finished_at })),
    token: hash.digest('hex').slice(0, 32),
  };
}
