import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { parseAnswer, type RawRequest, requestBytes, sendRaw } from './raw-http.ts';
import { startWebProcess, type WebProcess } from './web-process.ts';

export const OURS = 'token-of-the-team-that-works-0123456789';
export const THEIRS = 'token-of-a-tenant-who-is-curious-012345';
export const DEMO = { backend_type: 'demo', agent: 'papers', question: 'What is in the papers?' };
export const JOB = '/v1/jobs/agentic-agent';

export type Json = Readonly<Record<string, unknown>>;
export type Headers = Readonly<Record<string, string>>;

export const as = (token: string, more: Headers = {}): Headers => ({
  Authorization: `Bearer ${token}`,
  ...more,
});
export const portOf = ({ launchUrl }: WebProcess): number => Number(new URL(launchUrl).port);

/** A server of two tenants as a process, reached over raw sockets, with a job of ours that has an artifact. */
export interface HostileBench {
  readonly server: WebProcess;
  readonly port: number;
  /** The job, and what its owner reads of it. */
  readonly kept: { readonly id: string; readonly artifact: string; readonly document: string };
  /** Of the server's own document. */
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  send(request: RawRequest, maxMs?: number): Promise<ReturnType<typeof parseAnswer>>;
  /** The JSON of an answer that is none of refusal. */
  ask(request: RawRequest, token?: string): Promise<Json>;
  submit(headers?: Headers): Promise<string>;
  statusOf(id: string): Promise<unknown>;
  /** How many jobs a tenant has. */
  total(token?: string): Promise<unknown>;
  /** Resident memory of the server. */
  memoryMib(): number;
  /** Whatever was sent: everybody is answered at once, and what was there is there. */
  expectWell(): Promise<void>;
  /** Ends the server in order and starts another on what it left. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function openHostileBench(): Promise<HostileBench> {
  const env = {
    RUNE_API_TOKENS: `ours:${OURS},theirs:${THEIRS}`,
    RUNE_PAPERS_DRIVER_CMD: fakeDriverCommand('artifact'),
  };
  let server = await startWebProcess(env);
  const send = async (request: RawRequest, maxMs?: number) =>
    parseAnswer(await sendRaw(portOf(server), requestBytes(request), maxMs));
  const ask = async (request: RawRequest, token = OURS): Promise<Json> => {
    const { status, body } = await send({ ...request, headers: as(token, request.headers) });
    expect(status, `${request.path}: ${body}`).toBeLessThan(300);
    return JSON.parse(body) as Json;
  };
  const submit = async (headers: Headers = {}): Promise<string> =>
    String((await ask({ method: 'POST', path: JOB, headers, body: JSON.stringify(DEMO) })).job_id);
  const documentOf = async (id: string): Promise<string> =>
    (await send({ path: `/v1/jobs/${id}`, headers: as(OURS) })).body;
  const statusOf = async (id: string): Promise<unknown> => (JSON.parse(await documentOf(id)) as Json).status;
  const total = async (token = OURS): Promise<unknown> =>
    (await ask({ path: '/v1/jobs?limit=1' }, token)).total;

  const id = await submit();
  while ((await statusOf(id)) !== 'succeeded') await sleep(50);
  const { artifacts } = (await ask({ path: `/v1/runs/${id}/artifacts` })) as {
    artifacts: readonly { artifact_id: string }[];
  };
  // A token that was good once is not held up by what others try from the same address.
  await total(THEIRS);
  const kept = { id, artifact: artifacts[0]?.artifact_id ?? '', document: await documentOf(id) };
  const { paths } = (await ask({ path: '/v1/openapi.json' })) as { paths: Record<string, Json> };
  return {
    get server() {
      return server;
    },
    get port() {
      return portOf(server);
    },
    kept,
    endpoints: Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
        .map((method) => ({ method: method.toUpperCase(), path })),
    ),
    send,
    ask,
    submit,
    statusOf,
    total,
    memoryMib: () =>
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(server.pid)], { encoding: 'utf8' })) / 1024,
    expectWell: async () => {
      const begunMs = performance.now();
      expect((await send({ path: '/healthz' })).status).toBe(200);
      expect(await documentOf(id)).toBe(kept.document);
      expect(performance.now() - begunMs).toBeLessThan(2000);
    },
    restart: async () => {
      await server.quit();
      server = await startWebProcess(env, server.dataDir);
    },
    stop: () => server.stop(),
  };
}
