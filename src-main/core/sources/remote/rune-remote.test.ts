import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type FakeRune, RUNE_TOKEN, startFakeRune } from '#core/testing/fake-rune.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { failureFrom } from '#hosts/cli/exit-code.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const SOURCE = 'remote:team';
const ASK = { kind: 'agentic-agent', source: SOURCE } as const;
const request = (question = 'Why?') => ({
  question,
  model: 'llama3.1:8b',
  backend_url: 'http://10.0.0.5:11434',
});

interface Bench {
  readonly engine: Engine;
  readonly rune: FakeRune;
  readonly set: TestPorts;
  readonly client: Engine['client'];
}

async function engineOf(set: TestPorts): Promise<Engine> {
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  return engine;
}

async function bench(token: string | null = RUNE_TOKEN, rune?: FakeRune): Promise<Bench> {
  const server = rune ?? (await startFakeRune());
  if (rune === undefined) cleanUp.push(() => server.close());
  const set = testPorts();
  cleanUp.push(() => set.remove());
  if (token !== null) set.secrets.set('TEAM', token);
  const engine = await engineOf(set);
  await engine.client.settings.set({
    version: 1,
    remotes: [{ id: 'team', name: 'Team', url: server.url, token_secret: token === null ? null : 'TEAM' }],
  });
  return { engine, rune: server, set, client: engine.client };
}

const NO_PATH = { status: 404, body: JSON.stringify({ error: 'not found' }) };

const failed = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    () => {
      throw new Error('it did not fail');
    },
    (thrown: unknown) => failureFrom(thrown),
  );

async function until<T>(ask: () => Promise<T>, wanted: (value: T) => boolean, ms = 8000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const posts = (rune: FakeRune): string[] =>
  rune.seen
    .filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/jobs/'))
    .map(({ headers }) => String(headers['idempotency-key']));

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
    const again = await engineOf(set);
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

describe('a submission', () => {
  const answers = (client: Engine['client'], id: string): Promise<JobDetail> =>
    client.jobs.get({ source: SOURCE, job_id: id });

  it('whose answer was lost is one job, found by its key', async () => {
    const { client, rune } = await bench();
    await client.sources.connect({ remote: 'team' });
    rune.fail('POST /v1/jobs/', { drop: 'after' }, { status: 502, after: true });
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    expect([...rune.jobs.keys()]).toEqual([job_id]);
    expect(new Set(posts(rune)).size).toBe(1);
    expect(posts(rune)).toHaveLength(3);
  });

  it('that was never answered stays in the store, also over a restart, until it is', async () => {
    const { client, rune, set, engine } = await bench();
    await client.sources.connect({ remote: 'team' });
    rune.fail('POST /v1/jobs/', ...Array.from({ length: 50 }, () => ({ drop: 'after' }) as const));
    const { job_id, created } = await client.jobs.create({ ...ASK, request: request() });
    expect(created).toBe(true);
    const waiting = await answers(client, job_id);
    expect(waiting.status).toBe('queued');
    expect(waiting.message).toContain('asked again');
    // The same again, by somebody who is impatient.
    expect(await client.jobs.create({ ...ASK, request: request() })).toMatchObject({ job_id });
    expect(rune.jobs.size).toBe(1);
    await engine.dispose();
    rune.heal();
    const again = await engineOf(set);
    const [theirs = ''] = rune.jobs.keys();
    rune.end(theirs, 'succeeded', { answer: 'yes' });
    await again.client.sources.connect({ remote: 'team' });
    const job = await until(
      () => answers(again.client, job_id),
      (one) => one.status === 'succeeded',
    );
    expect(job.result).toEqual({ answer: 'yes' });
    expect(job.notes.join(' ')).toContain(theirs);
    expect(rune.jobs.size).toBe(1);
    expect((await again.client.jobs.list({ source: SOURCE })).total).toBe(1);
  });

  it('with a key of its own is made once', async () => {
    const { client, rune } = await bench();
    const wanted = { ...ASK, request: request(), idempotency_key: 'mine' };
    const one = await client.jobs.create(wanted);
    expect(await client.jobs.create(wanted)).toEqual({ job_id: one.job_id, created: false });
    expect(posts(rune)).toEqual(['mine']);
    const [a, b] = await Promise.all([
      client.jobs.create({ ...wanted, idempotency_key: 'both' }),
      client.jobs.create({ ...wanted, idempotency_key: 'both' }),
    ]);
    expect(a.job_id).toBe(b.job_id);
    expect(rune.jobs.size).toBe(2);
  });

  it('that is refused leaves no job', async () => {
    const { client, rune } = await bench();
    await client.sources.connect({ remote: 'team' });
    for (const [status, code] of [
      [400, 'request.invalid'],
      [401, 'remote.unauthorized'],
      [403, 'remote.unauthorized'],
      [413, 'request.too_large'],
      [429, 'remote.http_status'],
    ] as const) {
      rune.fail('POST /v1/jobs/', { status });
      expect((await failed(client.jobs.create({ ...ASK, request: request() }))).code).toBe(code);
    }
    expect((await client.jobs.list({ source: SOURCE })).total).toBe(0);
    expect(rune.jobs.size).toBe(0);
  });

  it('to a tenant that is not the one of the settings is refused', async () => {
    const { client } = await bench();
    expect((await failed(client.jobs.create({ ...ASK, request: request(), tenant_id: 'other' }))).code).toBe(
      'request.invalid',
    );
  });
});

describe('a remote that cannot be used', () => {
  it('says why, in codes', async () => {
    const rune = await startFakeRune();
    cleanUp.push(() => rune.close());
    const cases: [Parameters<FakeRune['fail']>[1], string, RegExp][] = [
      [{ status: 500 }, 'remote.http_status', /status 500/],
      [{ status: 503 }, 'remote.http_status', /status 503/],
      [{ text: '<html>Welcome</html>' }, 'remote.bad_response', /a page/],
      [{ text: 'OK', type: 'text/plain' }, 'remote.bad_response', /not JSON/],
      [{ text: '[1,2]', type: 'application/json' }, 'remote.bad_response', /another shape/],
      [{ text: '['.repeat(5000), type: 'application/json' }, 'remote.bad_response', /nested/],
      [{ status: 404, body: '<h1>Not Found</h1>' }, 'remote.bad_response', /no RUNE API/],
      [{ status: 429, headers: { 'retry-after': '7' } }, 'remote.http_status', /in 7 s/],
      [
        { status: 302, headers: { location: 'http://elsewhere.test/' } },
        'remote.http_status',
        /elsewhere\.test/,
      ],
      [{ drop: 'before' }, 'remote.unreachable', /broke/],
      [{ text: 'x'.repeat(40 * 1024 * 1024) }, 'remote.bad_response', /MiB/],
    ];
    for (const [fault, code, words] of cases) {
      rune.fail('GET /healthz', fault, fault);
      const { client } = await bench(RUNE_TOKEN, rune);
      const failure = await failed(client.sources.connect({ remote: 'team' }));
      expect({ code: failure.code, message: failure.message }).toEqual({
        code,
        message: expect.stringMatching(words),
      });
      rune.heal();
    }
  });

  it('is not sent the token twice: a redirect to another host is not followed', async () => {
    const other = await startFakeRune();
    const rune = await startFakeRune();
    cleanUp.push(
      () => rune.close(),
      () => other.close(),
    );
    rune.fail('GET /v1/jobs', { status: 307, headers: { location: `${other.url}/v1/jobs` } });
    const { client } = await bench(RUNE_TOKEN, rune);
    expect(await failed(client.sources.connect({ remote: 'team' }))).toMatchObject({
      code: 'remote.http_status',
      message: expect.stringContaining(`127.0.0.1:${other.port}`),
    });
    expect(other.seen).toEqual([]);
  });

  it('does not know the token, or has none of that name', async () => {
    const { client } = await bench('another-token');
    const failure = await failed(client.sources.connect({ remote: 'team' }));
    expect(failure.code).toBe('remote.unauthorized');
    const { client: unset, set } = await bench();
    set.secrets.delete('TEAM');
    expect((await failed(unset.sources.connect({ remote: 'team' }))).code).toBe('secret.not_found');
    set.secrets.set('TEAM', 'two\nlines');
    const odd = await failed(unset.sources.connect({ remote: 'team' }));
    expect(odd.code).toBe('remote.unauthorized');
    expect(JSON.stringify(odd)).not.toContain('lines');
  });

  it('is not there, or not in the settings', async () => {
    const { client, rune } = await bench();
    await rune.close();
    expect((await failed(client.sources.connect({ remote: 'team' }))).code).toBe('remote.unreachable');
    expect((await failed(client.sources.connect({ remote: 'other' }))).code).toBe('source.unknown');
  });

  it('never repeats our token in what it says', async () => {
    const { client, rune } = await bench();
    rune.fail('GET /v1/jobs', {
      status: 400,
      body: JSON.stringify({ error: `bad header Bearer ${RUNE_TOKEN}` }),
    });
    const failure = await failed(client.sources.connect({ remote: 'team' }));
    expect(failure.code).toBe('request.invalid');
    expect(JSON.stringify(failure)).not.toContain(RUNE_TOKEN);
  });

  it("answers for another tenant's job, and that is not shown", async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    const foreign = { job_id: 'abc', status: 'running', tenant_id: 'other', created_at: 1, updated_at: 1 };
    rune.fail('GET /v1/jobs/abc', { text: JSON.stringify(foreign), type: 'application/json' });
    expect((await failed(client.jobs.get({ source: SOURCE, job_id: 'abc' }))).message).toContain(
      'another tenant',
    );
    rune.fail('GET /v1/jobs/abc', {
      text: JSON.stringify({ ...foreign, tenant_id: 'default', job_id }),
      type: 'application/json',
    });
    expect((await failed(client.jobs.get({ source: SOURCE, job_id: 'abc' }))).message).toContain(
      'another job',
    );
    expect((await client.jobs.list({ source: SOURCE })).total).toBe(1);
  });

  it('is another source when its address changes', async () => {
    const { client, rune } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: request() });
    const other = await startFakeRune();
    cleanUp.push(() => other.close());
    const settings = await client.settings.get();
    await client.settings.set({
      ...settings,
      remotes: settings.remotes.map((one) => ({ ...one, url: other.url })),
    });
    expect((await client.jobs.list({ source: SOURCE })).total).toBe(0);
    expect((await failed(client.jobs.get({ source: SOURCE, job_id }))).code).toBe('job.not_found');
    await client.settings.set(settings);
    expect((await client.jobs.list({ source: SOURCE })).jobs.map((job) => job.job_id)).toEqual([job_id]);
    expect(rune.seen.length).toBeGreaterThan(0);
    await client.settings.set({ ...settings, remotes: [] });
    expect((await failed(client.jobs.list({ source: SOURCE }))).code).toBe('source.unknown');
  });
});
