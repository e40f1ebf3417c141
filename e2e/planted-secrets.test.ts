import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { json, startFakeServer } from '#core/testing/fake-server.ts';
import { createSecrets, noKeychain } from '#hosts/shared/secrets.ts';
import { runCli } from './support/cli.ts';
import { withEngine } from './support/paid-jobs.ts';
import { requestBytes, sendRaw } from './support/raw-http.ts';
import { startWebProcess, type WebProcess } from './support/web-process.ts';

/** Every planted secret holds this, so that one search finds them all. */
const MARK = 'PLANTED3w';
const secret = (what: string): string => `${MARK}-${what}-0123456789abcdef`;
const TOKEN = secret('token-of-the-api');
const OTHER = secret('token-of-another-tenant');

const collected: string[] = [];
let server: WebProcess;
let base: string;
let port: number;
let otlp: string;
let parrot: Awaited<ReturnType<typeof startFakeServer>>;
/** Everything that the server said, over any of its ports. */
const answers: string[] = [];

async function call(
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: unknown; token?: string | null } = {},
): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> {
  const { method = 'GET', headers = {}, body, token = TOKEN } = init;
  const answer = await fetch(base + path, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  answers.push(`${path.split('?')[0]} ${JSON.stringify([...answer.headers])} ${text}`);
  return { status: answer.status, json: text.startsWith('{') ? JSON.parse(text) : {} };
}

const QUESTION = { question: 'Why?', backend_type: 'demo' };
const submit = async (body: object, kind = 'agentic-agent'): Promise<string> => {
  const made = await call(`/v1/jobs/${kind}`, { method: 'POST', body });
  expect(made.status, JSON.stringify(made.json)).toBe(202);
  return String(made.json.job_id);
};
async function ended(id: string): Promise<unknown> {
  for (;;) {
    const { status } = (await call(`/v1/jobs/${id}`)).json;
    if (status !== 'running' && status !== 'accepted' && status !== 'queued') return status;
    await sleep(50);
  }
}

beforeAll(async () => {
  // Says everything it was told in its refusal: a collector, a backend and a remote that do so.
  parrot = await startFakeServer(({ path, headers, body }) => {
    const isTraces = path.endsWith('/v1/traces');
    if (isTraces) collected.push(JSON.stringify(body));
    // As headers look, and as a sentence has them.
    const values = Object.values(headers)
      .join(' ')
      .replace(/bearer /gi, '');
    return json(
      { error: { message: `${path} ${JSON.stringify(headers)} is: ${values}` } },
      isTraces ? 400 : 500,
    );
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-planted-'));
  // What a driver finds in files is its own business: it stays in the result, and only the archive leaves it out.
  const empty = join(dataDir, 'empty');
  writeFileSync(empty, '');
  const secrets = createSecrets({ env: {}, dataDir, keychain: noKeychain('None here.') });
  for (const name of ['backend', 'remote', 'collector'])
    await secrets.set(`${name}-word`, secret(name), true);
  await withEngine(dataDir, {}, async ({ client }) => {
    await client.settings.set({
      version: 1,
      backends: [
        {
          id: 'parrot',
          name: 'parrot',
          backend_type: 'openai',
          base_url: parrot.url,
          api_key_secret: 'backend-word',
        },
      ],
      drivers: [
        {
          agent: 'confessing',
          mode: 'stdio',
          command: fakeDriverCommand('confessing'),
          pass_env: ['FAKE_KUBECONFIG', 'FAKE_OTHERS', 'RUNE_FAKE_API_KEY'],
        },
      ],
      remotes: [{ id: 'far', name: 'far', url: parrot.url, tenant: 'default', token_secret: 'remote-word' }],
      http: {
        otlp_in: { enabled: true, port: 0 },
        metrics: { enabled: true, port: 0 },
        otlp_out: {
          enabled: true,
          endpoint: parrot.url,
          compression: 'none',
          headers: [{ name: 'X-Scope', secret: 'collector-word' }],
        },
      },
    });
  });
  server = await startWebProcess(
    {
      RUNE_API_TOKENS: `ours:${TOKEN},others:${OTHER}`,
      OTEL_EXPORTER_OTLP_HEADERS: `x-of-env=${secret('otel').replace('-', '%2D')}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: parrot.url.replace('://', `://user:${secret('otelurl')}@`),
      RUNE_LEAKY_DRIVER_CMD: fakeDriverCommand('leaky'),
      RUNE_FAR_DRIVER_URL: parrot.url.replace('://', `://user:${secret('driverurl')}@`),
      RUNE_FAR_DRIVER_TOKEN: secret('drivertoken'),
      RUNE_FAKE_API_KEY: secret('driverkey'),
      FAKE_KUBECONFIG: empty,
      FAKE_OTHERS: empty,
      AWS_SECRET_ACCESS_KEY: secret('aws'),
      RUNESCOPE_LOG: 'debug',
    },
    dataDir,
  );
  base = new URL(server.launchUrl).origin;
  port = Number(new URL(base).port);
});
afterAll(async () => {
  await server.stop();
  await parrot.close();
});

/** The address that the log names in a sentence that begins so. */
const listening = (words: string): string =>
  new RegExp(`${words}[^"]*(http://[0-9.]+:[0-9]+)`).exec(server.stderr())?.[1] ?? '';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
/** A span that holds a secret wherever one can be. */
const spanOf = (traceId: string, spanId: string) => ({
  traceId,
  spanId,
  name: `GET https://user:${secret('spanname')}@vault.example/?sig=${secret('spanquery')}`,
  traceState: `vendor=${TOKEN}`,
  startTimeUnixNano: '1790000000000000000',
  endTimeUnixNano: '1790000000500000000',
  attributes: [
    text('http.request.header.authorization', `Bearer ${secret('spanheader')}`),
    text('openai.api_key', secret('spankey')),
    text('url.full', `https://u:${secret('spanurl')}@host/?access_token=${secret('spanparam')}`),
    text('db.statement', `login --password ${secret('spanflag')}`),
    text('error.type', `HTTP 401 for https://u:${secret('spantype')}@host/`),
    text('said', `It used ${secret('aws')} and ${TOKEN} and ${secret('backend')}.`),
    {
      key: 'process.command_args',
      value: { arrayValue: { values: [{ stringValue: `--token=${secret('spanarg')}` }] } },
    },
    {
      key: 'headers',
      value: {
        kvlistValue: { values: [text('cookie', secret('spancookie')), text('x-any', secret('spanany'))] },
      },
    },
  ],
  events: [
    {
      timeUnixNano: '1790000000100000000',
      name: 'exception',
      attributes: [
        text('exception.message', `401 for Authorization: Bearer ${secret('spanevent')}`),
        text('exception.stacktrace', `at https://u:${secret('spanstack')}@host/`),
      ],
    },
  ],
  links: [{ traceId, spanId: 'bbbbbbbbbbbbbbb9', attributes: [text('password', secret('spanlink'))] }],
  status: { code: 2, message: `refused: api_key=${secret('spanstatus')}` },
});

const sendSpans = async (spans: readonly object[]) => {
  const body = JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: [
            text('service.name', `agent?token=${secret('service')}`),
            text('process.environment_variable.RUNE_API_KEY', secret('resource')),
          ],
        },
        scopeSpans: [{ scope: { name: 'x', attributes: [text('auth.token', secret('scope'))] }, spans }],
      },
    ],
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret('otlpheader')}` };
  const answer = await fetch(`${otlp}/v1/traces?api_key=${secret('otlpquery')}`, {
    method: 'POST',
    headers,
    body,
  });
  answers.push(await answer.text());
  return answer.status;
};

describe('a secret that was planted', () => {
  it('in requests, their addresses, headers and bodies, is kept and told nowhere', async () => {
    const job = '/v1/jobs/agentic-agent';
    const refused = [
      { ...QUESTION, backend_url: `http://u:${secret('bodyurl')}@host` },
      { ...QUESTION, backend_url: `http://host/?api_key=${secret('bodyquery')}` },
      { ...QUESTION, ollama_url: `http://u:${secret('bodyolder')}@host` },
      {
        ...QUESTION,
        kubeconfig: `apiVersion: v1\nclusters: []\nusers:\n- user: {token: ${secret('bodykube')}}`,
      },
      { ...QUESTION, api_key: secret('bodyfield') },
      `{"question": "q", "api_key": "${secret('bodybroken')}`,
      `["${secret('bodylist')}"]`,
    ];
    for (const body of refused)
      expect((await call(job, { method: 'POST', body })).status, JSON.stringify(body)).toBe(400);
    expect(
      (await call('/v1/estimates', { method: 'POST', body: { api_key: secret('estimate') } })).status,
    ).toBe(400);
    // Benchmarks ignore what they do not know.
    await submit(
      { ...QUESTION, agent: 'prompt', api_key: secret('ignored'), auth: { token: secret('nested') } },
      'benchmark',
    );
    const chained = {
      backend_type: 'demo',
      steps: [{ name: 'a', question_template: 'One?', token: secret('step') }],
    };
    expect((await call('/v1/jobs/chain', { method: 'POST', body: chained })).status).toBe(400);

    await call('/v1/settings', {
      method: 'PUT',
      body: { settings: { api_token: secret('settings'), model: 'm' } },
    });
    await call('/v1/settings', {
      method: 'PUT',
      body: { config: { backend_url: `http://u:${secret('config')}@host` } },
    });
    await call('/v1/settings/profiles', {
      method: 'POST',
      body: { name: 'p', settings: { api_token: secret('profile') } },
    });
    await call('/v1/settings/export?profile=p');

    for (const headers of [
      { 'x-api-key': secret('wrongkey') },
      { authorization: `Bearer ${secret('wrongbearer')}` },
      { authorization: `Basic ${Buffer.from(`u:${secret('basic')}`).toString('base64')}` },
      { cookie: `session=${secret('cookie')}` },
    ])
      expect((await call('/v1/jobs', { headers, token: null })).status).toBe(401);
    const more = {
      cookie: secret('cookie'),
      'proxy-authorization': secret('proxy'),
      referer: `http://x/?t=${secret('referer')}`,
      'user-agent': secret('agent'),
      'x-approved-usd': secret('approved'),
      'x-tenant-id': 'ours',
    };
    await call('/v1/jobs', { headers: more });
    await call(job, { method: 'POST', headers: more, body: { ...QUESTION, agent: 'prompt' } });
    await call(`/v1/jobs?api_key=${secret('query')}`);
    await call(
      `/v1/llm/models?backend_url=${encodeURIComponent(`http://u:${secret('modelurl')}@127.0.0.1:1`)}`,
    );
    await call(`/v1/llm/models?backend_type=openai&backend_url=${encodeURIComponent(parrot.url)}`);
    await call(`/?token=${secret('launch')}`, { token: null });
    await call(`/nowhere?token=${secret('nowhere')}#${secret('fragment')}`, { token: null });
    for (const path of [
      `http://u:${secret('absolute')}@127.0.0.1/v1/jobs`,
      `http://u:${secret('absolutepage')}@127.0.0.1/x`,
    ])
      answers.push(await sendRaw(port, requestBytes({ path })));
    answers.push(await sendRaw(port, `${secret('noise')}\r\n\r\n`));
  });

  it('in the environment, drivers, backends and remotes, is kept and told nowhere', async () => {
    const jobs = [
      await submit({ ...QUESTION, agent: 'leaky' }),
      await submit({ ...QUESTION, agent: 'confessing' }),
      await submit({ ...QUESTION, agent: 'far' }),
      await submit({
        question: 'Why?',
        agent: 'prompt',
        model: 'm',
        backend_type: 'openai',
        backend_url: parrot.url,
      }),
    ];
    const statuses = [];
    for (const id of jobs) statuses.push(await ended(id));
    expect(statuses).toEqual(['failed', 'succeeded', 'failed', 'failed']);
    for (const id of jobs)
      for (const path of [
        `/v1/jobs/${id}`,
        `/v1/jobs/${id}/events`,
        `/v1/runs/${id}/trace`,
        `/v1/runs/${id}/artifacts`,
      ])
        await call(path);

    otlp = listening('Spans of others');
    for (const [i, id] of jobs.entries())
      expect(await sendSpans([spanOf(id.replaceAll('-', ''), `aaaaaaaaaaaaaaa${i + 1}`)])).toBe(200);
    expect(await sendSpans([spanOf('c'.repeat(32), 'cccccccccccccc01')])).toBe(200);
    // What cannot be taken is said, and not with its words.
    await sendSpans([{ ...spanOf('d'.repeat(32), secret('spanid')), startTimeUnixNano: secret('time') }]);

    await call('/v1/metrics/summary');
    await expect.poll(() => collected.length, { timeout: 20_000 }).toBeGreaterThan(0);
    answers.push(await (await fetch(`${listening('GET /metrics')}/metrics`)).text());
  });

  it('is in no file, log, export or answer', async () => {
    expect(answers.length).toBeGreaterThan(40);
    await server.quit();
    const found: string[] = [];
    const look = (where: string, words: string): void => {
      for (const [hit] of words.matchAll(new RegExp(`.{0,80}${MARK}.{0,40}`, 'g')))
        found.push(`${where}: ${hit}`);
    };
    for (const answer of answers) look('answer', answer);
    for (const body of collected) look('collector', body);
    look('stderr', server.stderr());

    const { dataDir } = server;
    await withEngine(dataDir, { RUNESCOPE_SECRET_REMOTE_WORD: secret('remote') }, async ({ client }) => {
      look('settings', JSON.stringify(await client.settings.get()));
      const connected = await client.sources.connect({ remote: 'far' }).catch((thrown: unknown) => thrown);
      look('remote', inspect(connected, { depth: 9 }));
      const sources = await client.sources.list();
      look('sources', JSON.stringify(sources));
      expect(sources.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['own', 'external']));
      for (const { source } of sources) {
        const page = await client.jobs.list({ source }).catch(() => null);
        for (const { job_id } of page?.jobs ?? []) {
          look(`job of ${source}`, JSON.stringify(await client.jobs.get({ source, job_id })));
          for (const format of ['otlp', 'chrome', 'csv'] as const)
            look(`${format} of ${source}`, (await client.trace.export({ source, job_id, format })).text);
        }
      }
    });
    look('logs command', (await runCli(['logs', '--json', '--data', dataDir])).stdout);
    const db = new DatabaseSync(join(dataDir, 'runescope.db'), { readOnly: true });
    const lines = db.prepare('SELECT * FROM rs_log').all();
    db.close();
    expect(lines.length).toBeGreaterThan(50);
    look('rs_log', JSON.stringify(lines));
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('runescope.db');
    // The one place where they are, by consent.
    for (const { parentPath, name } of files.filter((file) => file.name !== 'secrets.json'))
      look(name, readFileSync(join(parentPath, name), 'latin1'));
    expect([...new Set(found)]).toEqual([]);
  });
});
