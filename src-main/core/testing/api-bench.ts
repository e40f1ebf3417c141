import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createEngine, type Engine } from '#core/engine.ts';
import { tokenAccess } from '#core/http/api/access.ts';
import { type Api, createApi } from '#core/http/api/api.ts';
import type { StreamLimits } from '#core/http/api/trace-stream.ts';
import { startHttpServer } from '#core/http/server.ts';
import { type TestPorts, testPorts } from './ports.ts';

export const SECRET_A = 'a'.repeat(32);
export const SECRET_B = 'b'.repeat(32);
const TOKENS = `team-a:${SECRET_A},team-b:${SECRET_B}`;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** What the body is as JSON; null for none. */
  readonly json: unknown;
}

export interface ApiBench extends TestPorts {
  readonly engine: Engine;
  readonly api: Api;
  readonly url: string;
  readonly port: number;
  /** As tenant team-a unless the headers say otherwise; a body is sent as JSON, or as it is when it is text. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose token; null: none. */
  readonly token?: string | null;
}

/** A real engine and a real server on loopback, with tenants team-a and team-b. */
export async function openApiBench(
  env: Record<string, string> = {},
  limits?: StreamLimits,
): Promise<ApiBench> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  const { clock, logger } = set.ports;
  const api = createApi({
    client: engine.client,
    env: set.ports.env,
    clock,
    logger,
    access: tokenAccess(TOKENS),
    version: '1.2.3',
    limits,
  });
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, routes: [api.route] }, logger);
  return {
    ...set,
    engine,
    api,
    url: server.url,
    port: Number(new URL(server.url).port),
    call: (method, path, options = {}) => call(server.url, method, path, options),
    close: async () => {
      api.drain();
      await server.close(500);
      await engine.dispose();
      set.remove();
    },
  };
}

function call(base: string, method: string, path: string, options: CallOptions): Promise<Answer> {
  const { body, headers = {}, token = SECRET_A } = options;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      base,
      {
        method,
        // As it is: fetch would tidy dots and slashes up.
        path,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      },
      (response) => {
        let all = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          all += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: all,
            json: asJson(all),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
