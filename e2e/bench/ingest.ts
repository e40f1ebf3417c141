import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import { nullCollector } from '#core/telemetry/collectors/null.ts';
import { span, type TelemetryContext, withContext } from '#core/telemetry/span.ts';
import { createClock } from '#hosts/shared/clock.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const SPANS = 200_000;
const PER_EVENT = 1500;
const ROUNDS = 9;
const LABELS =
  '{"agent_name": "prompt", "backend_type": "ollama", "backend_url": "http://10.0.0.5:11434", "model": "llama3.1:8b"}';

/** Every round gets a fresh file; the count is checked by a connection of its own. */
function inFreshStore(fill: (path: string) => number): number {
  const dir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  try {
    const path = join(dir, 'bench.db');
    const db = openDatabase(path, 'write');
    migrateRune(db, 0);
    migrateRunescope(db, 'own', 0);
    db.prepare(
      "INSERT INTO rs_job (job_id, tenant_id, kind, status, created_at, updated_at) VALUES ('job-1', 'default', 'benchmark', 'running', 0, 0)",
    ).run();
    db.close();
    return fill(path);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function counted(path: string, expected: number): void {
  const db = openDatabase(path, 'read');
  const found = db.prepare('SELECT count(*) FROM workflow_events').pluck().get();
  db.close();
  if (found !== expected) throw new Error(`expected ${expected} events, found ${String(found)}`);
}

const INSERT =
  'INSERT INTO workflow_events (job_id, event, status, duration_ms, error_type, labels_json, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)';

/** A bare prepared insert into RUNE's table with its two indexes, batches of 1,000. */
function bareInsert(path: string): number {
  const db = openDatabase(path, 'write');
  const insert = db.prepare(INSERT);
  const batch = db.transaction((from: number) => {
    for (let i = from; i < from + 1000; i++) insert.run('job-1', 'agent.ask', 'ok', 12.5, null, LABELS, i);
  });
  const start = performance.now();
  for (let i = 0; i < SPANS; i += 1000) batch(i);
  const seconds = (performance.now() - start) / 1000;
  db.close();
  counted(path, SPANS);
  return SPANS / seconds;
}

/** RUNE's own way: a connection and a commit for each event. */
function connectionPerEvent(path: string): number {
  const start = performance.now();
  for (let i = 0; i < PER_EVENT; i++) {
    const db = openDatabase(path, 'write');
    db.pragma('synchronous = FULL');
    db.prepare(INSERT).run('job-1', 'agent.ask', 'ok', 12.5, null, LABELS, i);
    db.close();
  }
  const seconds = (performance.now() - start) / 1000;
  counted(path, PER_EVENT);
  return PER_EVENT / seconds;
}

const clock = createClock();

function contextFor(collector: TelemetryContext['collector']): TelemetryContext {
  return {
    collector,
    clock,
    trace_id: 'ab'.repeat(16),
    job_id: 'job-1',
    tenant_id: 'default',
    parent_span_id: null,
  };
}

/** From span() to committed: side rows, rollups and start records included, with a live view watching. */
function throughSpans(path: string): number {
  const db = openDatabase(path, 'write');
  const feed = createChangeFeed();
  let told = 0;
  feed.subscribe((change) => {
    told += change.spans.length;
  });
  const writer = new EventWriter(db, feed, clock, { log: () => {} });
  const start = performance.now();
  withContext(contextFor(writer), () =>
    span('job.execute', { kind: 'benchmark' }, () => {
      for (let i = 1; i < SPANS; i++) {
        span(
          'agent.ask',
          {
            agent_name: 'prompt',
            model: 'llama3.1:8b',
            backend_url: 'http://10.0.0.5:11434',
            backend_type: 'ollama',
          },
          () => i,
        );
      }
    }),
  );
  writer.close();
  const seconds = (performance.now() - start) / 1000;
  db.close();
  counted(path, SPANS);
  if (told < SPANS) throw new Error(`the feed told of ${told} spans of ${SPANS}`);
  return SPANS / seconds;
}

function nullSpanMicroseconds(): number {
  const rounds = 1_000_000;
  const attributes = { agent_name: 'prompt', model: 'm', backend_url: null, backend_type: 'ollama' };
  return withContext(contextFor(nullCollector), () => {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) span('agent.ask', attributes, () => i);
    return ((performance.now() - start) * 1000) / rounds;
  });
}

export async function benchIngest(): Promise<readonly BenchFigure[]> {
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(inFreshStore(bareInsert));
    ours.push(inFreshStore(throughSpans));
  }
  const perEvent = inFreshStore(connectionPerEvent);
  const rate = median(ours);
  const bareRate = median(bare);
  const nullUs = median(Array.from({ length: 5 }, nullSpanMicroseconds));
  return [
    figure('ingest: span() to committed, against a bare insert', rate, 'spans/s', {
      reference: bareRate,
      target: '>= 0.5 of the reference',
      met: rate / bareRate >= 0.5,
    }),
    figure('ingest: span() to committed, against a connection per event', rate, 'spans/s', {
      reference: perEvent,
      target: '>= 50x the reference',
      met: rate / perEvent >= 50,
    }),
    figure('ingest: span() with the Null collector', nullUs, 'us', { target: '< 1 us', met: nullUs < 1 }),
  ];
}
