import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { testPorts } from './testing/ports.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A RUNE process on the store of our data directory, as its server is when it is pointed there. */
async function runeOn(path: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('./testing/rune-writer.ts', import.meta.url)), path, 'per-operation'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  closers.push(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  const write = async (sql: string): Promise<void> => {
    child.stdin?.write(`${sql.replaceAll('\n', ' ')}\n`);
    await once(child.stdout ?? child, 'data');
  };
  const job = (id: string, status: string, at: number): Promise<void> =>
    write(
      `INSERT INTO jobs VALUES ('${id}', 'default', 'agentic-agent', '${status}', '{"question":"From RUNE?"}', NULL, NULL, 'accepted', ${at}, ${at})`,
    );
  const event = (id: string, status: string): Promise<void> =>
    write(
      `INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES ('${id}', 'agent.ask', '${status}', 10, 1777000000)`,
    );
  return { write, job, event };
}

async function start() {
  const set = testPorts();
  closers.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  closers.push(() => engine.dispose());
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  return { engine, client: engine.client, path: join(set.dataDir, 'runescope.db'), ...set };
}

const DEMO = { question: 'Ours?', backend_type: 'demo', agent: 'prompt' };

describe('a RUNE process that writes into our own store', () => {
  it('interleaves its events with ours: every count is right on both sides', async () => {
    const { engine, client, path } = await start();
    const rune = await runeOn(path);
    await rune.job('theirs', 'running', 1_777_000_000);
    const ours = await Promise.all(
      Array.from({ length: 4 }, () => client.jobs.create({ kind: 'agentic-agent', request: DEMO })),
    );
    for (let i = 0; i < 60; i++) await rune.event('theirs', i % 10 === 0 ? 'error' : 'ok');
    await rune.job('late', 'queued', 1_777_000_100);
    await rune.event('late', 'ok');
    await rune.write("UPDATE jobs SET status = 'succeeded', updated_at = 1777000009 WHERE job_id = 'theirs'");
    await engine.idle();

    const get = (job_id: string) => client.jobs.get({ job_id });
    await expect.poll(async () => (await get('theirs')).status).toBe('succeeded');
    expect(await get('theirs')).toMatchObject({ span_count: 60, error_count: 6, question: 'From RUNE?' });
    expect(await get('late')).toMatchObject({ status: 'queued', span_count: 1 });
    for (const { job_id } of ours) {
      expect(await get(job_id)).toMatchObject({ status: 'succeeded', span_count: 8, error_count: 0 });
    }
    const db = new Database(path, { readonly: true });
    closers.unshift(() => db.close());
    const counted = db
      .prepare('SELECT event, count(*) AS total FROM workflow_events GROUP BY event ORDER BY event')
      .all();
    const summary = await client.events.summary({});
    expect(summary.map(({ event, total }) => ({ event, total }))).toEqual(counted);
    // From the rollup, which holds every event: it was not counted anew.
    expect((await client.sources.list()).find(({ source }) => source === 'own')).toMatchObject({
      indexed_events: 4 * 8 + 61,
      total_events: 4 * 8 + 61,
    });
  });

  it('is noticed while we do nothing, and told to whoever watches', async () => {
    const { client, path } = await start();
    const rune = await runeOn(path);
    const seen: string[] = [];
    const controller = new AbortController();
    const watching = (async () => {
      for await (const batch of await client.live.watch({}, { signal: controller.signal }))
        seen.push(...batch.jobs.map((job) => `${job.job_id} ${job.status} ${job.span_count}`));
    })().catch(() => {});
    await rune.job('theirs', 'running', 1_777_000_000);
    await expect.poll(() => seen).toContain('theirs running 0');
    await rune.event('theirs', 'ok');
    await rune.write(
      "UPDATE jobs SET status = 'failed', error = 'x', updated_at = 1777000009 WHERE job_id = 'theirs'",
    );
    await expect.poll(() => seen.at(-1)).toBe('theirs failed 1');
    controller.abort();
    await watching;
    expect((await client.jobs.list({})).jobs).toMatchObject([{ job_id: 'theirs', error_code: 'job.failed' }]);
  });
});
