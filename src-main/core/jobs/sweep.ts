import { rmSync } from 'node:fs';
import type { Db } from '#core/store/database.ts';
import type { EventWriter } from '#core/store/event-writer.ts';
import { isProvablyDead } from '#core/store/ownership.ts';
import type { RsOpenSpanRow } from '#core/store/rows.ts';
import { type Attributes, traceIdOf } from '#shared/model/span.ts';
import { type EpochSeconds, toEpochMicroseconds, type Usd } from '#shared/model/units.ts';
import type { JobStore } from './job-store.ts';

interface Unfinished {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly updated_at: EpochSeconds;
  readonly last_event_at: EpochSeconds | null;
  readonly owner_pid: number;
  readonly owner_started: string | null;
  readonly owner_boot: string | null;
  /** What the ledger had last said of its rentals; null: it rents nothing. */
  readonly rented_usd: Usd | null;
}

export interface Swept {
  readonly jobs: number;
  /** Those of them that rent: what they cost is the ledger's to say. */
  readonly renting: readonly string[];
  readonly spans: number;
}

/**
 * What a dead owner left behind: its queued and running jobs become failed, interrupted; its open spans end as lost,
 * at the last moment something of their job was recorded. A job without an owner of ours is somebody else's. Work
 * directories are only used by an owner's running jobs: all that stand in `workRoot` are left over.
 */
export function sweepInterrupted(db: Db, store: JobStore, writer: EventWriter, workRoot: string): Swept {
  rmSync(workRoot, { recursive: true, force: true });
  const unfinished = db
    .prepare(
      `SELECT jobs.job_id, jobs.tenant_id, jobs.updated_at, owner_pid, owner_started, owner_boot,
         (SELECT max(recorded_at) FROM workflow_events WHERE workflow_events.job_id = jobs.job_id) AS last_event_at,
         CASE WHEN json_extract(request_json, '$.provisioning.vastai') IS NOT NULL
           THEN coalesce(rs_job.cost_usd, 0) END AS rented_usd
       FROM jobs JOIN rs_job_run USING (job_id) LEFT JOIN rs_job USING (job_id)
       WHERE jobs.status IN ('queued', 'running') AND owner_pid IS NOT NULL`,
    )
    .all() as Unfinished[];
  const dead = unfinished.filter((job) =>
    isProvablyDead({ pid: job.owner_pid, started: job.owner_started, boot_id: job.owner_boot }),
  );
  const endOf = new Map(dead.map((job) => [job.job_id, job]));

  // Only an owner writes open spans, and this process is the owner now: all that are left were lost.
  const open = db.prepare('SELECT * FROM rs_open_span').all() as RsOpenSpanRow[];
  const latestStart = new Map<string, number>();
  for (const span of open) {
    if (span.job_id !== null)
      latestStart.set(span.job_id, Math.max(latestStart.get(span.job_id) ?? 0, span.start_us));
  }
  for (const span of open) {
    const job = span.job_id === null ? undefined : endOf.get(span.job_id);
    const lastSeen = Math.max(
      span.start_us,
      toEpochMicroseconds(Math.max(job?.updated_at ?? 0, job?.last_event_at ?? 0)),
      span.job_id === null ? 0 : (latestStart.get(span.job_id) ?? 0),
    );
    writer.recoverLost(
      {
        trace_id: traceIdOf(span.job_id ?? ''),
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        name: span.name,
        job_id: span.job_id,
        tenant_id: job?.tenant_id ?? null,
        start_us: span.start_us,
        attributes: JSON.parse(span.attributes_json) as Attributes,
      },
      lastSeen,
    );
  }
  writer.flush();
  for (const job of dead) {
    store.end(
      job.job_id,
      {
        event: 'fail',
        failure: {
          code: 'job.interrupted',
          message: 'Runescope ended while this job was under way. Run it again.',
        },
        // Its machines have a bill, which corrects this; the time it took has none.
        ...(job.rented_usd === null ? {} : { cost_usd: job.rented_usd, cost_basis: 'metered' }),
      },
      Math.max(job.updated_at, job.last_event_at ?? 0),
    );
  }
  const renting = dead.filter(({ rented_usd }) => rented_usd !== null).map(({ job_id }) => job_id);
  return { jobs: dead.length, renting, spans: open.length };
}
