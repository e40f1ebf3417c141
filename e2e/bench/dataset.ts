import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bulkInsert } from '#core/store/bulk-insert.ts';
import { catchUpOwn } from '#core/store/catch-up.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EVENT_COLUMNS, SPAN_COLUMNS } from '#core/store/event-writer.ts';
import { seeded } from '#shared/lib/random.ts';
import { SPAN_ERROR, spanIdAt } from '#shared/model/trace-columns.ts';
import { generateTrace } from './waterfall-data.ts';

export const SEED = 20_261_122;
const BACKENDS = ['ollama', 'openai', 'bedrock', 'k8s-inference'] as const;
const MODELS = ['llama3.1:8b', 'mixtral:8x7b', 'qwen2.5-coder:72b', 'llama3.1:70b'] as const;
const AGENTS = ['holmes', 'k8sgpt', 'langgraph', 'pentestgpt'] as const;
const KINDS = ['agentic-agent', 'agentic-agent', 'benchmark', 'llm-instance'] as const;

export const cacheDir = (): string => {
  const dir = join(tmpdir(), 'runescope-bench-cache');
  mkdirSync(dir, { recursive: true });
  return dir;
};

/** The file at `name`, built once; a build that was cut short leaves no file behind. */
export function cached(name: string, build: (db: Db) => void): string {
  const path = join(cacheDir(), name);
  if (existsSync(path)) return path;
  const partial = `${path}.${randomBytes(4).toString('hex')}`;
  const db = openDatabase(partial, 'write');
  db.pragma('synchronous = OFF');
  build(db);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  renameSync(partial, path);
  return path;
}

/**
 * `events` events over `jobs` jobs, as RUNE's tables hold them; with `ours`, also the side rows, so that the file is
 * an own store.
 */
export function largeStore(jobs: number, events: number, ours: boolean): string {
  return cached(`${ours ? 'own' : 'rune'}-${jobs}x${events}-seed${SEED}.db`, (db) => {
    migrateRune(db, 0);
    if (ours) migrateRunescope(db, 'own', 0);
    const random = seeded(SEED);
    const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
    const insertJob = db.prepare(
      'INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    const insertEvent = db.prepare(
      'INSERT INTO workflow_events (job_id, event, status, duration_ms, error_type, labels_json, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const insertSpan = ours
      ? db.prepare(
          'INSERT INTO rs_span (event_id, span_id, parent_span_id, start_us, duration_us, flags, label) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
      : null;
    const hex = (digits: number): string =>
      Array.from({ length: digits / 8 }, () =>
        Math.floor(random() * 0xffffffff)
          .toString(16)
          .padStart(8, '0'),
      ).join('');
    const perJob = Math.floor(events / jobs);
    const oneJob = (index: number): void => {
      const id = hex(32);
      const jobId = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
      const backend = pick(BACKENDS);
      const model = pick(MODELS);
      const agent = pick(AGENTS);
      const failed = random() < 0.05;
      const created = 1_790_000_000 + index * 30 + random() * 20;
      const seconds = 2 + random() ** 3 * 300;
      insertJob.run(
        jobId,
        pick(['default', 'team-a', 'team-b']),
        pick(KINDS),
        failed ? 'failed' : 'succeeded',
        `{"agent": "${agent}", "backend_type": "${backend}", "backend_url": "http://10.0.0.5:11434", "model": "${model}", "question": "What is unhealthy in namespace checkout-${index % 400}?"}`,
        failed
          ? null
          : `{"answer": "checkout-${index}: OOMKilled.", "artifacts": null, "metadata": {"cost": ${random().toFixed(4)}, "duration_s": ${Math.floor(seconds)}}, "result_type": "text"}`,
        failed ? 'Agent error: driver process exited 1' : null,
        failed ? 'failed' : 'completed',
        created,
        created + seconds,
      );
      const root = hex(16);
      const step = seconds / perJob;
      for (let k = 0; k < perJob; k++) {
        const last = k === perJob - 1;
        const start = last ? created : created + k * step;
        const duration = last ? seconds : step * (0.2 + 0.7 * random());
        const status = random() < 0.01 ? 'error' : 'ok';
        const name = last
          ? 'job.execute'
          : (['agent.ask', 'driver.call', 'backend.warmup', 'tool.call'][k % 4] ?? '');
        const { lastInsertRowid } = insertEvent.run(
          jobId,
          name,
          status,
          duration * 1000,
          status === 'error' ? 'RuntimeError' : null,
          `{"backend_type": "${backend}", "model": "${model}"}`,
          start + duration,
        );
        insertSpan?.run(
          lastInsertRowid,
          last ? root : hex(16),
          last ? null : root,
          Math.round(start * 1e6),
          Math.round(duration * 1e6),
          status === 'error' ? 1 : 0,
          null,
        );
      }
    };
    for (let from = 0; from < jobs; from += 500) {
      db.transaction(() => {
        for (let index = from; index < Math.min(jobs, from + 500); index++) oneJob(index);
      })();
    }
  });
}

/** Own stores with finished jobs of the given sizes, `small` without them; job ids by number of spans. */
export function traceStore(sizes: readonly number[]): {
  readonly small: string;
  readonly large: string;
  readonly jobs: ReadonlyMap<number, string>;
} {
  const jobs = new Map(
    sizes.map((spans, i) => [spans, `00000000-0000-4000-a000-${String(i + 1).padStart(12, '0')}`]),
  );
  return {
    jobs,
    small: largeStore(200, 1600, true),
    large: cached(`traces-${sizes.join('-')}-seed${SEED}.db`, (db) => {
      migrateRune(db, 0);
      migrateRunescope(db, 'own', 0);
      for (const [spans, jobId] of jobs) {
        const trace = generateTrace(spans, SEED);
        const seconds = (trace.durationUs[0] ?? 0) / 1e6;
        const created = trace.originUs / 1e6;
        db.prepare(
          `INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, message, created_at, updated_at) VALUES (?, 'default', 'benchmark', 'succeeded', '{"question": "${spans} spans"}', 'job completed', ?, ?)`,
        ).run(jobId, created, created + seconds);
        const insertEvents = bulkInsert(db, 'workflow_events', EVENT_COLUMNS);
        const insertSpans = bulkInsert(db, 'rs_span', SPAN_COLUMNS);
        const before =
          (db.prepare('SELECT max(id) FROM workflow_events').pluck().get() as number | null) ?? 0;
        db.transaction(() => {
          for (let from = 0; from < spans; from += 10_000) {
            for (let i = from; i < Math.min(spans, from + 10_000); i++) {
              const start = Math.round(trace.originUs + (trace.startUs[i] ?? 0));
              const duration = Math.round(trace.durationUs[i] ?? 0);
              const parent = trace.parent[i] ?? -1;
              const failed = ((trace.flags[i] ?? 0) & SPAN_ERROR) !== 0;
              insertEvents.values.push(
                before + i + 1,
                jobId,
                trace.names[trace.name[i] ?? 0],
                failed ? 'error' : 'ok',
                duration / 1000,
                failed ? 'RuntimeError' : null,
                null,
                (start + duration) / 1e6,
              );
              insertSpans.values.push(
                before + i + 1,
                spanIdAt(trace, i),
                parent === -1 ? null : spanIdAt(trace, parent),
                start,
                duration,
                failed ? SPAN_ERROR : 0,
                trace.labels[trace.label[i] ?? 0] || null,
              );
              insertEvents.full();
              insertSpans.full();
            }
            insertEvents.end();
            insertSpans.end();
          }
        })();
      }
      catchUpOwn(db);
    }),
  };
}
