import { describe, expect, it } from 'vitest';
import { type FakeRune, RUNE_TOKEN } from '#core/testing/fake-rune.ts';
import {
  ASK,
  closedAfterEach,
  engineOf,
  failed,
  NO_PATH,
  posts,
  remoteBench,
  request,
  SOURCE,
  until,
} from '#core/testing/remote-bench.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';

const cleanUp = closedAfterEach();
const bench = (token?: string | null, rune?: FakeRune) => remoteBench(cleanUp, token, rune);

describe("RUNE's own server as a source", () => {
  it('runs a job to its end, with its events as spans', async () => {
    const { client, rune } = await bench();
    const info = await client.sources.connect({ remote: 'team' });
    expect(info).toMatchObject({
      source: SOURCE,
      kind: 'remote',
      title: 'Team',
      writable: true,
      provides: { recorded_starts: false, live: true, cancel: true, estimates: false },
    });
    expect(info.notes.join(' ')).toContain('lists no jobs');
    const { job_id, created } = await client.jobs.create({ ...ASK, request: request() });
    expect(created).toBe(true);
    expect([...rune.jobs.keys()]).toEqual([job_id]);
    expect(rune.jobs.get(job_id)?.body).toEqual({
      question: 'Why?',
      model: 'llama3.1:8b',
      backend_url: 'http://10.0.0.5:11434',
      backend_type: 'ollama',
      backend_warmup: true,
      backend_warmup_timeout: 300,
      kubeconfig: null,
      agent: 'holmes',
    });
    rune.emit(job_id, {
      event: 'backend.warmup',
      status: 'ok',
      duration_ms: 5,
      error_type: null,
      labels: { backend_type: 'ollama' },
    });
    rune.emit(job_id, { event: 'agent.ask', status: 'ok', duration_ms: 3, error_type: null, labels: {} });
    rune.end(job_id, 'succeeded', { answer: 'Two pods crash.', result_type: 'text' });
    const at = { source: SOURCE, job_id };
    const job = await until(
      () => client.jobs.get(at),
      (one) => one.status === 'succeeded',
    );
    expect(job).toMatchObject({
      tenant_id: 'default',
      kind: 'agentic-agent',
      agent: 'holmes',
      model: 'llama3.1:8b',
      question: 'Why?',
      result: { answer: 'Two pods crash.' },
      error: null,
      spans_recorded: true,
    });
    const trace = decodeTrace(await (await client.trace.columns(at)).arrayBuffer());
    expect(Array.from({ length: trace.count }, (_, i) => trace.names[trace.name[i] ?? 0])).toEqual([
      'job.execute',
      'backend.warmup',
      'agent.ask',
    ]);
    expect(await client.events.summary(at)).toMatchObject([
      { event: 'agent.ask' },
      { event: 'backend.warmup' },
    ]);
    const { jobs } = await client.jobs.list({ source: SOURCE });
    expect(jobs).toMatchObject([{ job_id, status: 'succeeded', span_count: 2 }]);
  });

  it('shows events live to whoever watches the job', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    const stop = new AbortController();
    const names: string[] = [];
    const watching = (async () => {
      const batches = await client.live.watch({ source: SOURCE, job_id }, { signal: stop.signal });
      for await (const { spans } of batches) names.push(...spans.map(({ name }) => name));
    })().catch(() => {});
    await until(async () => rune.seen.some(({ path }) => path.endsWith('/trace')), Boolean);
    rune.emit(job_id, { event: 'agent.ask', status: 'ok', duration_ms: 3, error_type: null, labels: {} });
    await until(
      async () => names,
      (seen) => seen.includes('agent.ask'),
      1500,
    );
    stop.abort();
    await watching;
  });

  it('cancels there, and does not cancel what has ended', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    expect(await client.jobs.cancel({ source: SOURCE, job_id })).toEqual({ status: 'cancelled' });
    expect((await client.jobs.get({ source: SOURCE, job_id })).status).toBe('cancelled');
    const other = await client.jobs.create({ ...ASK, request: request() });
    rune.end(other.job_id, 'succeeded', { answer: 'x' });
    expect(await failed(client.jobs.cancel({ source: SOURCE, job_id: other.job_id }))).toMatchObject({
      code: 'job.not_cancellable',
    });
    expect(rune.jobs.get(other.job_id)?.status).toBe('succeeded');
  });

  it('opens a job that somebody else started, by its id, and keeps it', async () => {
    const { client, rune, set, engine } = await bench();
    await client.sources.connect({ remote: 'team' });
    await fetch(`${rune.url}/v1/jobs/benchmark`, {
      method: 'POST',
      headers: { 'x-tenant-id': 'default', authorization: `Bearer ${RUNE_TOKEN}` },
      body: '{}',
    });
    const [job_id = ''] = rune.jobs.keys();
    rune.end(job_id, 'failed', undefined, 'Agent error: no kubeconfig');
    expect(await client.jobs.get({ source: SOURCE, job_id })).toMatchObject({
      status: 'failed',
      error: { code: 'job.failed', message: 'Agent error: no kubeconfig' },
    });
    expect(await failed(client.jobs.get({ source: SOURCE, job_id: 'no-such-job' }))).toMatchObject({
      code: 'job.not_found',
    });
    for (const bad of ['../jobs', '..', 'a/b'])
      expect((await failed(client.jobs.get({ source: SOURCE, job_id: bad }))).code).toBe('job.not_found');
    expect(rune.seen.every(({ path }) => !path.includes('..'))).toBe(true);
    await engine.dispose();
    await rune.close();
    // What is known of a remote is there without it.
    const again = await engineOf(set, cleanUp);
    const { trouble, notes } = await again.client.sources.connect({ remote: 'team' });
    expect(trouble?.code).toBe('remote.unreachable');
    expect(notes.join(' ')).toContain('nothing listens there');
    expect((await again.client.jobs.list({ source: SOURCE })).jobs.map((job) => job.job_id)).toEqual([
      job_id,
    ]);
    expect((await again.client.jobs.get({ source: SOURCE, job_id })).status).toBe('failed');
  });

  it('fetches what a job left behind when it is asked for, and no other bytes', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    rune.jobs.get(job_id)?.artifacts.push({ id: 'a1', name: 'run.log', content: 'all went well' });
    rune.end(job_id, 'succeeded', { answer: 'x' });
    const at = { source: SOURCE, job_id };
    const job = await until(
      () => client.jobs.get(at),
      ({ artifacts }) => artifacts.length === 1,
    );
    expect(job.artifacts).toMatchObject([
      { artifact_id: 'a1', kind: 'log', name: 'run.log', size_bytes: 13 },
    ]);
    const asked = () => rune.seen.filter(({ path }) => path.endsWith('/artifacts/a1')).length;
    rune.fail('GET /v1/runs', { text: 'all went ill!', type: 'text/plain' });
    expect(await failed(client.artifacts.get({ ...at, artifact_id: 'a1' }))).toMatchObject({
      code: 'remote.bad_response',
    });
    for (let i = 0; i < 2; i++) {
      const { content, name } = await client.artifacts.get({ ...at, artifact_id: 'a1' });
      expect({ name, text: await content.text() }).toEqual({ name: 'run.log', text: 'all went well' });
    }
    expect(asked()).toBe(2);
    expect((await failed(client.artifacts.get({ ...at, artifact_id: 'a2' }))).code).toBe(
      'artifact.not_found',
    );
  });

  it('reads the events of a server from before the trace stream', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    rune.fail(`GET /v1/runs/${job_id}/trace`, ...Array.from({ length: 9 }, () => NO_PATH));
    const rows = [
      {
        id: 7,
        event: 'agent.ask',
        status: 'ok',
        duration_ms: 4,
        labels_json: '{"model":"m"}',
        recorded_at: 5,
      },
      { id: 'x' },
    ];
    rune.fail(`GET /v1/jobs/${job_id}/events`, {
      text: JSON.stringify({ job_id, events: rows }),
      type: 'application/json',
    });
    rune.end(job_id, 'succeeded', { answer: 'x' });
    const at = { source: SOURCE, job_id };
    await until(
      () => client.jobs.get(at),
      ({ status, span_count }) => status === 'succeeded' && span_count === 1,
    );
    expect(await client.events.list(at)).toMatchObject([
      { event: 'agent.ask', status: 'ok', duration_ms: 4, labels: { model: 'm' }, recorded_at: 5 },
    ]);
  });

  it('shows a job whose stream is broken, and says what is missing', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    rune.fail(
      `GET /v1/runs/${job_id}/trace`,
      ...Array.from({ length: 50 }, () => ({ text: 'event: log\ndata: {', type: 'text/event-stream' })),
    );
    rune.end(job_id, 'failed', undefined, 'It broke.');
    const stop = new AbortController();
    await client.live.watch({ source: SOURCE }, { signal: stop.signal }).then((batches) => batches.next());
    const job = await until(
      () => client.jobs.get({ source: SOURCE, job_id }),
      ({ status, notes }) => status === 'failed' && notes.join(' ').includes('trace stream'),
    );
    expect(job.error?.message).toBe('It broke.');
    stop.abort();
  });

  it('refuses what RUNE has not', async () => {
    const { client, rune } = await bench();
    for (const [kind, wanted] of [
      ['agentic-agent', { ...request(), backend_type: 'demo' }],
      ['agentic-agent', { ...request(), timeout: 10 }],
      ['benchmark', { ...request(), agent: 'k8sgpt' }],
      ['chain', { steps: [{ name: 'a', question_template: 'x' }] }],
      ['benchmark', { provisioning: { vastai: { offer_id: 5 } } }],
    ] as const)
      expect((await failed(client.jobs.create({ source: SOURCE, kind, request: wanted }))).code).toBe(
        'source.cannot_provide',
      );
    expect(posts(rune)).toEqual([]);
  });

  it('asks before it rents, with the estimate of there', async () => {
    const { client, rune } = await bench();
    const rented = (max_dph: number, approved_usd: number | null) =>
      client.jobs.create({
        source: SOURCE,
        kind: 'benchmark',
        approved_usd,
        request: { provisioning: { vastai: { template_hash: 't', min_dph: 2, max_dph, reliability: 0.9 } } },
      });
    expect((await rented(3, null)).created).toBe(true);
    expect(await failed(rented(20, null))).toMatchObject({ code: 'cost.approval_needed' });
    expect((await failed(rented(20, 10))).code).toBe('cost.approval_needed');
    expect((await rented(20, 12)).created).toBe(true);
    rune.fail('POST /v1/estimates', {
      text: JSON.stringify({ projected_cost_usd: 0, cost_driver: 'error' }),
      type: 'application/json',
    });
    expect((await failed(rented(3, 100))).code).toBe('cost.unpriced');
    expect(rune.jobs.size).toBe(2);
    expect([...rune.jobs.values()][0]?.body.provisioning).toEqual({
      vastai: { template_hash: 't', min_dph: 2, max_dph: 3, reliability: 0.9, stop_instance: true },
    });
  });

  it('ends a job here that the remote does not know any more', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    rune.jobs.clear();
    const job = await until(
      () => client.jobs.get({ source: SOURCE, job_id }),
      (one) => one.status === 'failed',
    );
    expect(job.error?.message).toContain('does not know this job any more');
  });
});
