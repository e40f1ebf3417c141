import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { dial, requestBytes } from './support/raw-http.ts';
import { CLI_ESTIMATE } from './support/rune-bodies.ts';
import { startWebProcess, type WebProcess } from './support/web-process.ts';

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Json }>>;
  readonly security: readonly Json[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json };
}

const TOKEN = 'token-of-those-who-read-documents-012345';
const AUTH = { authorization: `Bearer ${TOKEN}` };
const DEMO = { backend_type: 'demo', question: 'Why does checkout restart?' };

let server: WebProcess;
let base: string;
let document: Document;
beforeAll(async () => {
  server = await startWebProcess({
    RUNE_API_TOKENS: `readers:${TOKEN}`,
    RUNE_HANG_DRIVER_CMD: fakeDriverCommand('hang'),
    RUNE_PAPERS_DRIVER_CMD: fakeDriverCommand('artifact'),
  });
  base = new URL(server.launchUrl).origin;
  document = (await (await fetch(`${base}/v1/openapi.json`)).json()) as Document;
});
afterAll(() => server.stop());

const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(base + path, {
    method,
    headers: AUTH,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
};
const submit = async (kind: string, body: Json): Promise<string> =>
  String((await ask('POST', `/v1/jobs/${kind}`, body)).json.job_id);
const ended = (id: string, status = 'succeeded'): Promise<void> =>
  expect.poll(async () => (await ask('GET', `/v1/jobs/${id}`)).json.status, { timeout: 20_000 }).toBe(status);

const operations = (): readonly (readonly [string, string, Operation])[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  );

/** Every `$ref` below a value. */
const refsIn = (value: unknown): readonly string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) =>
        key === '$ref' && typeof member === 'string' ? [member] : refsIn(member),
      );

describe('the OpenAPI document', () => {
  it('holds together: parameters, names, references, security', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, operation] of operations()) {
      const about = `${method} ${path}`;
      expect(method, about).toMatch(/^(get|post|put|patch|delete)$/);
      const inPath = operation.parameters.filter((one) => one.in === 'path');
      expect(
        inPath.map(({ name }) => name),
        about,
      ).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(
        inPath.every(({ required }) => required),
        about,
      ).toBe(true);
      const named = operation.parameters.map((one) => `${one.in} ${one.name}`);
      expect(new Set(named).size, about).toBe(named.length);
      expect(Object.keys(operation.responses).length, about).toBeGreaterThan(0);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status, about).toMatch(/^[1-5]\d\d$/);
        expect(description, about).toMatch(/\S/);
      }
      for (const scheme of operation.security.flatMap(Object.keys))
        expect(document.components.securitySchemes, about).toHaveProperty(scheme);
    }
    // Answers may have more members tomorrow.
    const answers = operations().map(([, , { responses }]) => responses);
    expect(JSON.stringify(answers)).not.toContain('"additionalProperties":false');
    for (const ref of refsIn(document)) {
      expect(ref).toMatch(/^#\//);
      const found = ref
        .slice(2)
        .split('/')
        .reduce<unknown>((at, part) => (at as Json | undefined)?.[part], document);
      expect(found, ref).toBeDefined();
    }
  });

  it('says what is answered', async () => {
    const id = await submit('agentic-agent', { ...DEMO, agent: 'papers' });
    const chain = await submit('chain', {
      backend_type: 'demo',
      steps: [{ name: 'a', question_template: 'One?' }],
    });
    await ended(id);
    await ended(chain);
    const asked: readonly (readonly [string, string, string, unknown?])[] = [
      ['GET', '/healthz', '/healthz'],
      ['GET', '/v1/jobs', '/v1/jobs?limit=5'],
      ['GET', '/v1/jobs/{id}', `/v1/jobs/${id}`],
      ['GET', '/v1/jobs/{id}', '/v1/jobs/nobody'],
      ['GET', '/v1/jobs/{id}/events', `/v1/jobs/${id}/events`],
      ['DELETE', '/v1/jobs/{id}', `/v1/jobs/${id}`],
      ['POST', '/v1/jobs/{kind}', '/v1/jobs/benchmark', { ...DEMO, agent: 'prompt', model: 'demo' }],
      ['POST', '/v1/jobs/{kind}', '/v1/jobs/mining', {}],
      ['GET', '/v1/runs/{id}/artifacts', `/v1/runs/${id}/artifacts`],
      ['GET', '/v1/chains/{id}/state', `/v1/chains/${chain}/state`],
      ['GET', '/v1/metrics/summary', `/v1/metrics/summary?job_id=${id}`],
      ['POST', '/v1/estimates', '/v1/estimates', CLI_ESTIMATE],
      ['GET', '/v1/finops/simulate', '/v1/finops/simulate?agent=holmes&model=llama3.1:8b&gpu=rtx4090'],
      ['GET', '/v1/catalog/vastai-models', '/v1/catalog/vastai-models'],
      ['GET', '/v1/settings', '/v1/settings'],
      ['POST', '/v1/settings/profiles', '/v1/settings/profiles', { name: 'p', settings: { model: 'm' } }],
      ['PUT', '/v1/settings', '/v1/settings', { active_profile: 'p' }],
    ];
    const wrong: string[] = [];
    for (const [method, pattern, path, body] of asked) {
      const { status, json } = await ask(method, path, body);
      const about = `${method} ${path} ${status}`;
      const methods = document.paths[pattern] ?? {};
      // PUT stands for POST.
      const operation = methods[method.toLowerCase()] ?? methods.post;
      const said = operation?.responses[status];
      expect(said, about).toBeDefined();
      const { schema } = (said?.content?.['application/json'] ?? {}) as { schema?: Json };
      expect(schema, about).toBeDefined();
      const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(json);
      for (const { path: at, message } of read.error?.issues ?? [])
        wrong.push(`${about}: ${at.join('.')}: ${message}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the stream of a run', () => {
  it('is never silent for as long as rune-ui waits, and ends with its socket when the job does', async () => {
    const id = await submit('agentic-agent', { ...DEMO, agent: 'hang' });
    const { socket, text, closed } = dial(Number(new URL(base).port));
    const begunMs = performance.now();
    let longest = 0;
    let last = begunMs;
    socket.on('data', () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    });
    socket.write(
      requestBytes({
        path: `/v1/runs/${id}/trace`,
        headers: { ...AUTH, Accept: 'text/event-stream', Connection: 'keep-alive' },
      }),
    );
    await expect.poll(() => text().match(/^: ping/gm)?.length ?? 0, { timeout: 15_000 }).toBeGreaterThan(1);
    expect(longest).toBeLessThan(5000);
    expect(text()).toMatch(/^content-type: text\/event-stream/im);
    expect(text()).not.toContain('event: end');
    expect((await ask('DELETE', `/v1/jobs/${id}`)).status).toBe(200);
    await closed;
    expect(text()).toMatch(/event: end\r?\ndata: \{\}/);
    await ended(id, 'cancelled');
  });
});
