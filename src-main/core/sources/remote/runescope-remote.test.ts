import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type ApiBench, openApiBench, SECRET_A, SECRET_B } from '#core/testing/api-bench.ts';
import { testPorts } from '#core/testing/ports.ts';
import { failureFrom } from '#hosts/cli/exit-code.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const SOURCE = 'remote:lab';
const DEMO = { question: 'Why does checkout restart?', model: 'demo', backend_type: 'demo', agent: 'prompt' };
const ASK = { kind: 'agentic-agent', source: SOURCE, request: DEMO } as const;

async function bench(): Promise<{ there: ApiBench; client: Engine['client'] }> {
  const there = await openApiBench();
  cleanUp.push(() => there.close());
  const set = testPorts();
  cleanUp.push(() => set.remove());
  set.secrets.set('LAB', SECRET_A);
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const lab = { id: 'lab', name: 'Lab', url: `${there.url}/v1/`, tenant: 'team-a', token_secret: 'LAB' };
  await engine.client.settings.set({ version: 1, remotes: [lab] });
  return { there, client: engine.client };
}

async function until<T>(ask: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 8000;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'it did not fail',
    (thrown: unknown) => failureFrom(thrown).code,
  );

async function namesOf(client: Engine['client'], job_id: string, source: string): Promise<string[]> {
  const trace = decodeTrace(await (await client.trace.columns({ source, job_id })).arrayBuffer());
  return Array.from({ length: trace.count }, (_, i) => trace.names[trace.name[i] ?? 0] ?? '');
}

describe('a Runescope as a source', () => {
  it('runs a job that looks here as it does there', async () => {
    const { there, client } = await bench();
    const info = await client.sources.connect({ remote: 'lab' });
    expect(info).toMatchObject({
      kind: 'remote',
      path: there.url,
      provides: { estimates: true, cancel: true },
    });
    const { job_id } = await client.jobs.create(ASK);
    const at = { source: SOURCE, job_id };
    const job = await until(
      () => client.jobs.get(at),
      ({ status }) => status === 'succeeded',
    );
    const original = await there.engine.client.jobs.get({ job_id });
    const same = ({ artifacts: _a, notes: _n, result: _r, ...rest }: typeof job) => rest;
    expect(same(job)).toEqual({
      ...same(original),
      span_count: original.span_count,
    });
    expect(job.result?.answer).toBe(original.result?.answer);
    expect((await namesOf(client, job_id, SOURCE)).toSorted()).toEqual(
      (await namesOf(there.engine.client, job_id, 'own')).toSorted(),
    );
    expect(await client.events.summary(at)).toEqual(await there.engine.client.events.summary({ job_id }));
  });

  it('lists what others started there, with all of it, and nothing of other tenants', async () => {
    const { there, client } = await bench();
    const mine = [];
    for (const tenant_id of ['team-a', 'team-b', 'team-a'])
      mine.push(await there.engine.client.jobs.create({ ...ASK, source: 'own', tenant_id }));
    await there.engine.idle();
    await client.sources.connect({ remote: 'lab' });
    const page = await until(
      () => client.jobs.list({ source: SOURCE }),
      ({ jobs }) => jobs.length === 2 && jobs.every(({ span_count }) => span_count > 0),
    );
    expect(page.jobs.map(({ job_id }) => job_id).toSorted()).toEqual(
      [mine[0], mine[2]].map((made) => made?.job_id ?? '').toSorted(),
    );
    expect(await codeOf(client.jobs.get({ source: SOURCE, job_id: mine[1]?.job_id ?? '' }))).toBe(
      'job.not_found',
    );
    expect((await client.sources.list()).map(({ source }) => source)).toContain(SOURCE);
    expect(
      (await client.events.summary({ source: SOURCE })).find(({ event }) => event === 'agent.ask')?.total,
    ).toBe(2);
  });

  it('is watched live, span by span', async () => {
    const { there, client } = await bench();
    await there.engine.client.settings.set({ version: 1, demo: { slowness: 1 } });
    const { job_id } = await client.jobs.create(ASK);
    const seen: string[] = [];
    const statuses: string[] = [];
    const stop = new AbortController();
    for await (const { jobs, spans } of await client.live.watch(
      { source: SOURCE, job_id },
      { signal: stop.signal },
    )) {
      for (const span of spans) if (span.duration_ms !== null) seen.push(span.name);
      statuses.push(...jobs.map(({ status }) => status));
      if (statuses.includes('succeeded')) break;
    }
    stop.abort();
    expect(statuses).toContain('running');
    expect(seen.indexOf('backend.warmup')).toBeGreaterThanOrEqual(0);
    expect(seen.indexOf('agent.ask')).toBeGreaterThan(seen.indexOf('backend.warmup'));
  });

  it('cancels a job there', async () => {
    const { there, client } = await bench();
    await there.engine.client.settings.set({ version: 1, demo: { slowness: 5 } });
    const { job_id } = await client.jobs.create(ASK);
    expect(await client.jobs.cancel({ source: SOURCE, job_id })).toEqual({ status: 'cancelled' });
    expect((await there.engine.client.jobs.get({ job_id })).status).toBe('cancelled');
    const job = await client.jobs.get({ source: SOURCE, job_id });
    expect(job).toMatchObject({ status: 'cancelled', error: { code: 'job.cancelled' } });
  });

  it('shows the steps of a chain that runs there', async () => {
    const { there, client } = await bench();
    const step = (name: string, dependencies: string[] = []) => ({
      name,
      question_template: 'Why?',
      agent: 'prompt',
      dependencies,
    });
    const { job_id } = await client.jobs.create({
      source: SOURCE,
      kind: 'chain',
      request: { backend_type: 'demo', model: 'demo', steps: [step('first'), step('second', ['first'])] },
    });
    const at = { source: SOURCE, job_id };
    await until(
      () => client.jobs.get(at),
      ({ status }) => status === 'succeeded',
    );
    const state = await client.chains.state(at);
    expect(state.nodes.map(({ id, status }) => [id, status])).toEqual([
      ['first', 'success'],
      ['second', 'success'],
    ]);
    expect(state).toEqual(await there.engine.client.chains.state({ job_id }));
  });

  it('passes on how a job failed', async () => {
    const { there, client } = await bench();
    const { job_id } = await client.jobs.create({ ...ASK, request: { ...DEMO, agent: 'no-such-agent' } });
    const job = await until(
      () => client.jobs.get({ source: SOURCE, job_id }),
      ({ status }) => status === 'failed',
    );
    expect(job.error).toEqual((await there.engine.client.jobs.get({ job_id })).error);
    expect(job.error?.code).toBe('agent.unknown');
  });

  it('has a spend gate of its own, and takes approvals', async () => {
    const { there, client } = await bench();
    await there.engine.client.settings.set({ version: 1, spend: { day_budget_usd: 0 } });
    const rented = {
      source: SOURCE,
      kind: 'benchmark',
      request: { model: 'llama3.1:8b', provisioning: { vastai: { min_dph: 1, max_dph: 2 } } },
    } as const;
    expect(await codeOf(client.jobs.create(rented))).toBe('cost.budget_exceeded');
    expect((await client.jobs.list({ source: SOURCE })).total).toBe(0);
    expect((await there.engine.client.jobs.list({})).total).toBe(0);
  });

  it("refuses another tenant's token", async () => {
    const { there, client } = await bench();
    const settings = await client.settings.get();
    await client.settings.set({
      ...settings,
      remotes: [{ id: 'b', name: 'B', url: there.url, tenant: 'team-b', token_secret: 'LAB' }],
    });
    expect(await codeOf(client.sources.connect({ remote: 'b' }))).toBe('remote.unauthorized');
    expect(SECRET_B).not.toBe(SECRET_A);
  });

  it('is what `own` is not: a foreign store takes no job', async () => {
    const { client } = await bench();
    expect(await codeOf(client.jobs.create({ ...ASK, source: 'imported' }))).toBe('source.cannot_provide');
    expect(await codeOf(client.jobs.create({ ...ASK, source: 'remote:nobody' }))).toBe('source.unknown');
  });
});
