import { get, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, SECRET_A } from '#core/testing/api-bench.ts';
import { STREAM_LIMITS } from './trace-stream.ts';

const open: ApiBench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});
async function start(slowness: number, limits?: typeof STREAM_LIMITS): Promise<ApiBench> {
  const bench = await openApiBench({}, limits);
  open.push(bench);
  await bench.engine.client.settings.set({ version: 1, demo: { slowness } });
  return bench;
}

async function submit(bench: ApiBench): Promise<string> {
  const body = { question: 'Why?', backend_type: 'demo', agent: 'prompt' };
  const { json } = await bench.call('POST', '/v1/jobs/agentic-agent', { body });
  return (json as { job_id: string }).job_id;
}

interface Read {
  readonly text: string;
  readonly ids: readonly number[];
  readonly names: readonly string[];
}

/** The whole stream, until its socket closes. */
function watch(bench: ApiBench, jobId: string, headers: Record<string, string> = {}): Promise<Read> {
  return new Promise((resolve, reject) => {
    const sent = get(
      `${bench.url}/v1/runs/${jobId}/trace`,
      { headers: { authorization: `Bearer ${SECRET_A}`, ...headers }, agent: false },
      (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('close', () => {
          const events = [...text.matchAll(/^data: (\{"id".*\})$/gm)].map(
            ([, json]) => JSON.parse(json ?? '') as { id: number; event: string },
          );
          resolve({ text, ids: events.map(({ id }) => id), names: events.map(({ event }) => event) });
        });
      },
    );
    sent.on('error', reject);
  });
}

describe('the trace of a run', () => {
  it("has RUNE's frames, our ids, and ends with its socket", async () => {
    const bench = await start(0.05);
    const id = await submit(bench);
    const { text, names } = await watch(bench, id);
    expect(names).toContain('agent.ask');
    expect(text).toMatch(/^event: log\nid: \d+\ndata: \{"id":\d+,"event":"/);
    expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
    // A finished job is told from its first event, too.
    expect(await watch(bench, id)).toEqual({ text, names, ids: expect.any(Array) });
  });

  it('goes on after Last-Event-ID; an id of nobody’s begins at the first', async () => {
    const bench = await start(0.05);
    const id = await submit(bench);
    const { ids } = await watch(bench, id);
    expect(ids.length).toBeGreaterThan(1);
    expect((await watch(bench, id, { 'last-event-id': String(ids[0]) })).ids).toEqual(ids.slice(1));
    expect((await watch(bench, id, { 'last-event-id': '999999' })).ids).toEqual(ids);
    expect((await watch(bench, id, { 'last-event-id': 'x' })).ids).toEqual(ids);
  });

  it('gives each of many watchers every event, from whenever they came', async () => {
    const bench = await start(2);
    const id = await submit(bench);
    const watchers: Promise<Read>[] = [];
    for (let i = 0; i < 200; i++) {
      watchers.push(watch(bench, id));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const all = await Promise.all(watchers);
    const { json } = await bench.call('GET', `/v1/jobs/${id}/events`);
    const expected = (json as { events: { id: number }[] }).events.map((event) => event.id);
    expect(expected.length).toBeGreaterThan(3);
    for (const { ids, text } of all) {
      expect(ids).toEqual(expected);
      expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
    }
    expect(bench.api.watchers()).toBe(0);
  });

  it('is never silent for long, and no subscription is left when its reader goes', async () => {
    const bench = await start(8, { ...STREAM_LIMITS, pingMs: 30 });
    const id = await submit(bench);
    const first = await new Promise<string>((resolve, reject) => {
      const sent = get(
        `${bench.url}/v1/runs/${id}/trace`,
        { headers: { authorization: `Bearer ${SECRET_A}` }, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
            if (!text.includes(': ping\n\n')) return;
            response.destroy();
            resolve(text);
          });
        },
      );
      sent.on('error', reject);
    });
    expect(first).toContain(': ping');
    await expect.poll(() => bench.api.watchers()).toBe(0);
    await bench.call('DELETE', `/v1/jobs/${id}`);
  });

  it('takes so many watchers and no more; closing tells them the end', async () => {
    const bench = await start(8, { ...STREAM_LIMITS, maxWatchers: 1 });
    const id = await submit(bench);
    const one = watch(bench, id);
    await expect.poll(() => bench.api.watchers()).toBe(1);
    expect((await bench.call('GET', `/v1/runs/${id}/trace`)).status).toBe(503);
    bench.api.drain();
    expect((await one).text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
    await bench.call('DELETE', `/v1/jobs/${id}`);
  });

  it('of nobody is 404 as JSON', async () => {
    const bench = await start(0.05);
    expect(await bench.call('GET', '/v1/runs/nope/trace')).toMatchObject({
      status: 404,
      json: { error: 'job not found' },
    });
  });
});
