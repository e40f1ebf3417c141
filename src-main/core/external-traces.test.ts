import { afterEach, describe, expect, it } from 'vitest';
import { EXTERNAL } from '#shared/model/source.ts';
import { createEngine } from './engine.ts';
import { post, receive, shown, span, startEngine, until } from './testing/otlp-bench.ts';
import { testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const start = (env?: Record<string, string>) => startEngine(cleanUp, env);

describe('external traces', () => {
  it('are a source of their own as soon as there is one, each as a job that can only be read', async () => {
    const { engine, dataDir } = await start();
    const url = await receive(engine);
    const sources = async (): Promise<string[]> =>
      (await engine.client.sources.list()).map(({ source }) => source);
    expect(await sources()).toEqual(['own']);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await post(
      url,
      span({
        traceId,
        spanId: '00000000000000c2',
        parentSpanId: '00000000000000c1',
        name: 'chat m',
        status: { code: 2 },
        attributes: [
          { key: 'llm.model_name', value: { stringValue: 'm' } },
          { key: 'http.request.header.authorization', value: { stringValue: 'Basic abcdefgh12345678' } },
        ],
      }),
    );
    await until(async () => (await sources()).includes(EXTERNAL));
    await post(
      url,
      span({
        traceId,
        spanId: '00000000000000c1',
        name: 'agent run',
        endTimeUnixNano: '1790000001000000000',
      }),
    );
    const row = await until(async () => {
      const { jobs } = await engine.client.jobs.list({ source: EXTERNAL });
      return jobs[0]?.span_count === 2 ? jobs[0] : null;
    });
    expect(row).toMatchObject({
      job_id: traceId,
      kind: 'external',
      status: 'succeeded',
      agent: 'other',
      model: 'm',
      question: 'agent run',
      duration_ms: 1000,
      error_count: 1,
      created_at: 1_790_000_000,
    });
    const spans = await shown(engine, traceId, EXTERNAL);
    expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
      ['agent run', null],
      ['chat m', '00000000000000c1'],
    ]);
    const detail = await engine.client.trace.span({
      source: EXTERNAL,
      job_id: traceId,
      span_id: '00000000000000c2',
      event_id: 0,
    });
    expect(detail.attributes).toMatchObject({ 'gen_ai.request.model': 'm', 'llm.model_name': 'm' });
    expect(JSON.stringify(detail)).not.toContain('abcdefgh12345678');
    const text = (await engine.client.trace.export({ source: EXTERNAL, job_id: traceId, format: 'otlp' }))
      .text;
    expect(text).toContain(`"traceId":"${traceId}"`);
    expect((await engine.client.jobs.list({})).jobs).toEqual([]);

    // Who only reads sees them, and so does the next process.
    const reader = await createEngine(testPorts({ dataDir }).ports, { mode: 'read' });
    cleanUp.push(() => reader.dispose());
    expect((await reader.client.jobs.get({ source: EXTERNAL, job_id: traceId })).span_count).toBe(2);
  });
});
