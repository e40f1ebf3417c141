import { describe, expect, it } from 'vitest';
import type { Engine } from '#core/engine.ts';
import { type FakeRune, RUNE_TOKEN, startFakeRune } from '#core/testing/fake-rune.ts';
import {
  ASK,
  closedAfterEach,
  engineOf,
  failed,
  posts,
  remoteBench,
  request,
  SOURCE,
  until,
} from '#core/testing/remote-bench.ts';
import type { JobDetail } from '#shared/model/job.ts';

const cleanUp = closedAfterEach();
const bench = (token?: string | null, rune?: FakeRune) => remoteBench(cleanUp, token, rune);

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
    const again = await engineOf(set, cleanUp);
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
