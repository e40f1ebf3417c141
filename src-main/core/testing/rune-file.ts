import { randomUUID } from 'node:crypto';
import { type Db, openDatabase } from '#core/store/database.ts';
import { RUNE_MIGRATIONS } from '#core/store/migrations/rune.ts';

/** Which of RUNE's migrations a file has: without schema_version there are three shapes (reference: job store §2). */
export type RuneShape = 'a' | 'b' | 'c' | 'current';
const TABLES: Readonly<Record<RuneShape, number>> = { a: 2, b: 3, c: 5, current: 6 };

export interface RuneJob {
  readonly job_id?: string;
  readonly tenant_id?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly request?: unknown;
  readonly result?: unknown;
  readonly error?: string | null;
  readonly message?: string | null;
  readonly created_at?: number;
  readonly updated_at?: number;
}

export interface RuneEvent {
  readonly job_id: string | null;
  readonly event: string;
  readonly status?: string;
  readonly duration_ms?: number | null;
  readonly error_type?: string | null;
  readonly labels?: unknown;
  readonly recorded_at: number;
}

const jsonOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A store as RUNE writes it: WAL, NULL for no labels. A text where JSON is expected is stored as it is. */
export class RuneFile {
  readonly db: Db;
  readonly path: string;

  constructor(path: string, shape: RuneShape = 'current') {
    this.path = path;
    this.db = openDatabase(path, 'write');
    if (shape === 'current') {
      this.db.exec('CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at REAL NOT NULL)');
    }
    for (const { sql } of RUNE_MIGRATIONS.slice(0, TABLES[shape])) this.db.exec(sql);
  }

  job(job: RuneJob = {}): string {
    const created = job.created_at ?? 1_777_000_000.5;
    const jobId = job.job_id ?? randomUUID();
    this.db
      .prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        jobId,
        job.tenant_id ?? 'default',
        job.kind ?? 'agentic-agent',
        job.status ?? 'succeeded',
        jsonOf(job.request ?? {}),
        job.result === undefined || job.result === null ? null : jsonOf(job.result),
        job.error ?? null,
        job.message ?? 'accepted',
        created,
        job.updated_at ?? created + 10,
      );
    return jobId;
  }

  event(event: RuneEvent): number {
    const { lastInsertRowid } = this.db
      .prepare(
        'INSERT INTO workflow_events (job_id, event, status, duration_ms, error_type, labels_json, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        event.job_id,
        event.event,
        event.status ?? 'ok',
        event.duration_ms === undefined ? 1 : event.duration_ms,
        event.error_type ?? null,
        event.labels === undefined || event.labels === null ? null : jsonOf(event.labels),
        event.recorded_at,
      );
    return Number(lastInsertRowid);
  }

  close(): void {
    this.db.close();
  }
}
