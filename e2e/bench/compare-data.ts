import { mkdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bulkInsert } from '#core/store/bulk-insert.ts';
import { type Db, migrateRune } from '#core/store/database.ts';
import { EVENT_COLUMNS } from '#core/store/event-writer.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import { cacheDir, cached, SEED } from './dataset.ts';

/** Raise it with every change of what is generated: older files in the cache are then not used. */
const VERSION = 1;
const JOBS = 20_000;
const WHOLE = 10_000_000;
const SMALL = 2_000_000;
/** The whole file takes 2.5 GB, and a figure should not fill the disk. */
const ROOM_BYTES = 6e9;

export interface CompareStore {
  readonly path: string;
  /** A data directory kept between runs, so that the private index of `path` is made once. */
  readonly dataDir: string;
  readonly jobs: number;
  readonly events: number;
  /** For the printed name: says so when the disk held the smaller one only. */
  readonly title: string;
}

/** A RUNE store of many jobs, alike in shape and different in speed by backend_type; built once and kept. */
export function compareStore(): CompareStore {
  const { bavail, bsize } = statfsSync(tmpdir());
  const events = bavail * bsize > ROOM_BYTES ? WHOLE : SMALL;
  const name = `compare-v${VERSION}-${JOBS}x${events}-seed${SEED}`;
  const path = cached(`${name}.db`, (db) => fill(db, events / JOBS));
  const dataDir = join(cacheDir(), name);
  mkdirSync(dataDir, { recursive: true });
  const millions = `${events / 1e6} million events in ${JOBS.toLocaleString('en-US')} jobs`;
  const title = events === WHOLE ? millions : `${millions} (no room for ${WHOLE / 1e6} million)`;
  return { path, dataDir, jobs: JOBS, events, title };
}

/** Median seconds of agent.ask, share of failures, dollars per job, tokens/s. */
const BACKENDS = [
  { type: 'ollama', seconds: 14, failures: 0.06, cost: 0.002, speed: 38 },
  { type: 'openai', seconds: 9, failures: 0.02, cost: 0.021, speed: 85 },
  { type: 'bedrock', seconds: 10, failures: 0.03, cost: 0.017, speed: 74 },
  { type: 'k8s-inference', seconds: 12, failures: 0.09, cost: 0.006, speed: 52 },
] as const;
const MODELS = ['llama3.1:8b', 'mixtral:8x7b', 'qwen2.5-coder:72b', 'llama3.1:70b'] as const;
const AGENTS = ['holmes', 'k8sgpt', 'langgraph', 'pentestgpt'] as const;
const LOG_SD = 0.35;

function fill(db: Db, perJob: number): void {
  migrateRune(db, 0);
  const random = seeded(SEED);
  const normal = normals(random);
  const around = (median: number): number => median * Math.exp(LOG_SD * normal());
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const uuid = (): string => {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const insertJob = db.prepare(
    "INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at) VALUES (?, ?, 'benchmark', ?, ?, ?, ?, 'accepted', ?, ?)",
  );
  const events = bulkInsert(db, 'workflow_events', EVENT_COLUMNS);
  let eventId = 0;

  const oneJob = (index: number): void => {
    const jobId = uuid();
    const backend = pick(BACKENDS);
    const model = pick(MODELS);
    const agent = pick(AGENTS);
    const rented = backend.type === 'ollama' && random() < 0.3;
    const failed = random() < backend.failures;
    const created = 1_790_000_000 + index * 30 + random() * 20;
    const labels = `{"agent_name": "${agent}", "backend_type": "${backend.type}", "model": "${model}"}`;
    let at = created;
    const add = (event: string, ms: number, isLast: boolean, json: string | null): void => {
      at += ms / 1000 / perJob;
      const status = isLast && failed ? 'error' : 'ok';
      events.values.push(
        ++eventId,
        jobId,
        event,
        status,
        ms,
        failed && isLast ? 'RuntimeError' : null,
        json,
        at,
      );
      events.full();
    };
    const askMs = around(backend.seconds * 1000);
    if (rented) {
      add('vastai.instance.reuse_check', around(400), false, null);
      add('vastai.instance.wait_running', around(90_000), false, null);
      add('ollama.model.warmup', around(8000), false, `{"model": "${model}"}`);
      add('vastai.model.pull', around(9000), false, `{"model": "${model}"}`);
    } else
      add('backend.warmup', around(4000), false, `{"backend_type": "${backend.type}", "base_url": null}`);
    for (let call = 0; call < 2; call++) {
      const input = Math.round(around(1800));
      const output = Math.round(around(300));
      const speed = around(backend.speed);
      const first = around(450);
      add(
        'backend.chat',
        first + (output / speed) * 1000,
        false,
        `{"backend_type": "${backend.type}", "model": "${model}", "rune.model_call": {"input_tokens": ${input}, "output_tokens": ${output}, "tokens_source": "server", "time_to_first_token_ms": ${first.toFixed(1)}, "output_tokens_per_second": ${speed.toFixed(2)}, "prompt_tokens_per_second": ${around(900).toFixed(2)}, "speed_source": "server", "phases": []}}`,
      );
    }
    const fixed = rented ? 8 : 5;
    for (let k = fixed; k < perJob; k++) {
      const isTool = k % 2 === 0;
      add(
        isTool ? 'tool.call' : 'driver.call',
        around(askMs / perJob),
        false,
        isTool ? labels : `{"action": "ask", "driver_name": "${agent}", "transport_type": "stdio"}`,
      );
    }
    add('agent.ask', askMs, true, labels);
    add('job.execute', askMs + around(500), true, '{"kind": "benchmark"}');
    insertJob.run(
      jobId,
      pick(['default', 'team-a', 'team-b']),
      failed ? 'failed' : 'succeeded',
      `{"agent": "${agent}", "backend_type": "${backend.type}", "model": "${model}", "question": "What is unhealthy in namespace checkout-${index % 400}?", "vastai": ${rented}}`,
      failed
        ? null
        : `{"answer": "checkout-${index}: OOMKilled.", "artifacts": null, "metadata": {"cost": ${around(backend.cost).toFixed(5)}, "duration_s": ${Math.floor(askMs / 1000)}}, "result_type": "text"}`,
      failed ? 'Agent error: driver process exited 1' : null,
      created,
      created + (askMs + around(2000)) / 1000,
    );
  };

  const BATCH = 200;
  for (let from = 0; from < JOBS; from += BATCH) {
    db.transaction(() => {
      for (let index = from; index < from + BATCH; index++) oneJob(index);
      events.end();
    })();
    if (from % 2000 === 0)
      process.stderr.write(`bench: making the store to compare, ${(from / JOBS) * 100} %\n`);
  }
  // No -wal beside it: a foreign store is then opened in its place, not copied.
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('journal_mode = DELETE');
}
