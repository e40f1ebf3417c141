import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { ownStorePath } from '#core/store/own-file.ts';
import { type Answer, ok, status } from '#core/testing/otlp-collector.ts';
import { addSpans, namesOf, openCollector, openOtlpOut } from '#core/testing/otlp-out-bench.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

describe('a collector that is not as it should be', () => {
  it('is not asked without a pause, even if it says so', async () => {
    const at = await openCollector(cleanUp);
    const { run, send } = await openOtlpOut(cleanUp);
    at.answers.push(...Array.from({ length: 100 }, () => status(429, { 'retry-after': '0' })));
    await send(at.url);
    await run();
    await sleep(1500);
    expect(at.requests.length).toBeGreaterThan(0);
    expect(at.requests.length).toBeLessThan(5);
  });

  it('is sent less at once when it was too much', async () => {
    const at = await openCollector(cleanUp);
    const { run, status: now, send } = await openOtlpOut(cleanUp);
    const tooMuch = status(413, { 'content-type': 'text/html' }, '<html>Too large</html>');
    at.answers.push(tooMuch, tooMuch);
    await send(at.url);
    const ids = await run(2);
    await expect.poll(now).toMatchObject({ sent_jobs: 2, waiting_jobs: 0, trouble: null });
    const [whole, half, quarter] = at.requests.map(({ spans }) => spans.length);
    expect(half).toBe(Math.ceil((whole ?? 0) / 2));
    expect(quarter).toBe(Math.ceil((half ?? 0) / 2));
    for (const id of ids) expect(namesOf(at.taken, id)).toContain('job.execute');
  });

  it('may answer with any success, and with nothing', async () => {
    const at = await openCollector(cleanUp);
    const { run, status: now, send } = await openOtlpOut(cleanUp);
    at.answers.push(status(202, {}, '{}'), status(204));
    await send(at.url);
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 1 });
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 2, waiting_jobs: 0, trouble: null });
    expect(at.requests).toHaveLength(2);
  });

  it('may say what it was sent: we do not', async () => {
    const at = await openCollector(cleanUp);
    const { set, run, status: now, send } = await openOtlpOut(cleanUp);
    set.secrets.set('key', 'Token hidden-word-7');
    at.answers.push((response, { headers }) => {
      response.writeHead(400).end(`No project has ${headers['x-key']}, nor "hidden-word-7".`);
    });
    await send(at.url, { headers: [{ name: 'x-key', secret: 'key' }] });
    await run();
    await expect.poll(async () => (await now()).trouble?.message).toContain('answered 400: No project has');
    expect(JSON.stringify([await now(), set.logged])).not.toContain('hidden-word');
    const file = new Database(ownStorePath(set.dataDir), { readonly: true });
    cleanUp.push(() => void file.close());
    const kept = file.prepare('SELECT failure_json FROM rs_otlp_out').pluck().get();
    expect(kept).toContain('No project has');
    expect(kept).not.toContain('hidden-word');
  });

  it('leaves something out of one request of several, and that is not forgotten', async () => {
    const at = await openCollector(cleanUp);
    const { set, run, status: now, send } = await openOtlpOut(cleanUp);
    await send('http://127.0.0.1:1');
    const [id = ''] = await run();
    const file = new Database(ownStorePath(set.dataDir));
    cleanUp.push(() => void file.close());
    const like = file.prepare('SELECT * FROM workflow_events WHERE job_id = ? LIMIT 1').get(id) as object;
    addSpans(file, id, like, 12_000);
    at.answers.push(status(200, {}, '{"partialSuccess":{"rejectedSpans":"3"}}'));
    await send(at.url);
    await expect.poll(now, { timeout: 20_000 }).toMatchObject({ sent_jobs: 1 });
    expect(at.requests.length).toBeGreaterThan(1);
    expect((await now()).trouble?.message).toMatch(/left out 3 of \d+ spans: it did not say why\./);
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 2, trouble: null });
  });
});

describe('settings that change', () => {
  const slow: Answer = async (response) => {
    await sleep(400);
    ok(response, response.req);
  };

  it('let what is under way be answered: it is not sent again', async () => {
    const at = await openCollector(cleanUp);
    const other = await openCollector(cleanUp);
    const { run, status: now, send } = await openOtlpOut(cleanUp);
    at.answers.push(slow);
    await send(at.url);
    const [first = ''] = await run();
    await expect.poll(() => at.requests.length, { interval: 10 }).toBe(1);
    await send(other.url);
    const [second = ''] = await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 2, waiting_jobs: 0, trouble: null });
    expect(namesOf(at.taken, first)).toContain('job.execute');
    expect(namesOf(other.taken, first)).toEqual([]);
    expect(namesOf(other.taken, second)).toContain('job.execute');
  });

  it('do not inherit a refusal that comes after them', async () => {
    const at = await openCollector(cleanUp);
    const other = await openCollector(cleanUp);
    const { run, status: now, send } = await openOtlpOut(cleanUp);
    at.answers.push(async (response) => {
      await sleep(400);
      response.writeHead(400).end('no');
    });
    await send(at.url);
    const [id = ''] = await run();
    await expect.poll(() => at.requests.length, { interval: 10 }).toBe(1);
    await send(other.url);
    await expect.poll(now).toMatchObject({ sent_jobs: 1, waiting_jobs: 0, trouble: null });
    expect(namesOf(other.taken, id)).toContain('job.execute');
  });

  it('and an end do not wait long for who does not answer', async () => {
    const at = await openCollector(cleanUp);
    const { engine, run, send } = await openOtlpOut(cleanUp);
    at.answers.push(() => {});
    await send(at.url);
    await run();
    await expect.poll(() => at.requests.length, { interval: 10 }).toBe(1);
    const began = performance.now();
    await engine.dispose();
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

it('says of no job that it is there when there was nothing to send of it', async () => {
  const at = await openCollector(cleanUp);
  const { engine, set, run, status: now, send } = await openOtlpOut(cleanUp);
  await send('http://127.0.0.1:1');
  const [id = ''] = await run();
  const file = new Database(ownStorePath(set.dataDir));
  cleanUp.push(() => void file.close());
  for (const table of ['workflow_events', 'rs_open_span', 'rs_trace'])
    file.prepare(`DELETE FROM ${table} WHERE job_id = ?`).run(id);
  await send(at.url);
  await expect.poll(now).toMatchObject({ sent_jobs: 0, waiting_jobs: 0 });
  expect(at.requests).toEqual([]);
  expect(set.logged.filter(({ event }) => event === 'otlp.sent')).toEqual([]);
  await engine.idle();
});
