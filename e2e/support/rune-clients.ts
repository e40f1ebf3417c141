import { type OutgoingHttpHeaders, request as send } from 'node:http';

/** RUNE's own clients, as they write to rune-api and as they read it (field by field, from their sources). */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}
export type Json = Readonly<Record<string, unknown>>;

/** One request, with these headers and no others. */
export function call(
  base: string,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: unknown,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = send(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: { ...headers, ...(bytes === null ? {} : { 'Content-Length': bytes.byteLength }) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(bytes ?? undefined);
  });
}

/** What a client fails with. */
export class ClientError extends Error {}

const needed = (is: boolean, message: string): void => {
  if (!is) throw new ClientError(message);
};

/** The command line's RuneApiClient: urllib, both spellings of the token, every answer a JSON object. */
export function runeCli(base: string, tenant: string, token: string) {
  const ask = async (method: string, path: string, body?: Json, key?: string): Promise<Json> => {
    const answer = await call(
      base,
      method,
      path,
      {
        'Accept-Encoding': 'identity',
        'User-Agent': 'Python-urllib/3.12',
        Connection: 'close',
        Accept: 'application/json',
        'X-Tenant-ID': tenant,
        Authorization: `Bearer ${token}`,
        'X-API-Key': token,
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body,
    );
    if (answer.status < 200 || answer.status > 299) throw new ClientError(`${answer.status} ${answer.text}`);
    const json: unknown = JSON.parse(answer.text);
    needed(typeof json === 'object' && json !== null && !Array.isArray(json), 'Unexpected JSON payload');
    return json as Json;
  };
  const list = (json: Json, key: string): readonly unknown[] => {
    needed(Array.isArray(json[key]), `${key} is no list`);
    return json[key] as readonly unknown[];
  };
  return {
    ask,
    vastaiModels: async () => list(await ask('GET', '/v1/catalog/vastai-models'), 'models'),
    models: async (backendUrl: string) => {
      const json = await ask('GET', `/v1/llm/models?backend_url=${encodeURIComponent(backendUrl)}`);
      return { models: list(json, 'models'), running: list(json, 'running_models') };
    },
    estimate: async (body: Json) => {
      const json = await ask('POST', '/v1/estimates', body);
      needed(typeof json.projected_cost_usd === 'number', 'no projected_cost_usd');
      needed(!['', 'unknown', 'none'].includes(String(json.cost_driver ?? '')), 'no cost driver');
      return json;
    },
    submit: async (kind: string, body: Json, key?: string) => {
      const { job_id } = await ask('POST', `/v1/jobs/${kind}`, body, key);
      needed(typeof job_id === 'string' && job_id !== '', 'no job_id');
      return String(job_id);
    },
    /** Every 2 s in the client; here every 50 ms. */
    wait: async (jobId: string): Promise<Json> => {
      for (;;) {
        const job = await ask('GET', `/v1/jobs/${jobId}`);
        const status = String(job.status).toLowerCase();
        if (['succeeded', 'success', 'completed'].includes(status)) {
          needed(typeof job.result === 'object' && job.result !== null, 'no result');
          return job.result as Json;
        }
        if (['failed', 'error', 'cancelled', 'canceled'].includes(status))
          throw new ClientError(String(job.error ?? job.message ?? 'job failed'));
        await new Promise((next) => setTimeout(next, 50));
      }
    },
  };
}

/** rune-ui: httpx, a tenant and a Bearer token, and templates that fail on what is missing. */
export function runeUi(base: string, tenant: string, token: string) {
  const headers = {
    Accept: '*/*',
    'Accept-Encoding': 'gzip, deflate',
    Connection: 'keep-alive',
    'User-Agent': 'python-httpx/0.27.0',
    'X-Tenant-ID': tenant,
    Authorization: `Bearer ${token}`,
  };
  const ask = async (method: string, path: string, body?: Json): Promise<Answer> =>
    call(
      base,
      method,
      path,
      { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body,
    );
  const object = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await ask(method, path, body);
    needed(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as Json;
  };
  return { ask, object };
}

/** The operator of the released charts: Go's net/http, flat bodies, estimates without a tenant. */
export function runeOperator(base: string, tenant: string, token: string) {
  const headers = {
    'User-Agent': 'Go-http-client/1.1',
    'Accept-Encoding': 'gzip',
    Authorization: `Bearer ${token}`,
  };
  const json = async (
    method: string,
    path: string,
    more: OutgoingHttpHeaders,
    body?: Json,
  ): Promise<Json> => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await call(base, method, path, { ...headers, ...type, ...more }, body);
    needed(answer.status < 300, `unexpected status ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text) as Json;
  };
  return {
    estimate: (body: Json) => json('POST', '/v1/estimates', {}, body),
    /** Its values go into the address as they are. */
    simulate: (agent: string, model: string, gpu: string) =>
      json('GET', `/v1/finops/simulate?agent=${agent}&model=${model}&gpu=${gpu}`, {}),
    submit: (workflow: string, body: Json, key: string) =>
      json('POST', `/v1/jobs/${workflow}`, { 'X-Tenant-ID': tenant, 'Idempotency-Key': key }, body),
    poll: (jobId: string) => json('GET', `/v1/jobs/${jobId}`, { 'X-Tenant-ID': tenant }),
  };
}

/** What an event stream sent until it ended, as frames of fields; comments stand under "". */
export function readStream(
  base: string,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{
  readonly status: number;
  readonly type: string;
  readonly frames: readonly Readonly<Record<string, string>>[];
}> {
  return call(base, 'GET', path, { Accept: 'text/event-stream', ...headers }).then(
    ({ status, headers: got, text }) => ({
      status,
      type: String(got['content-type']),
      frames: text
        .split('\n\n')
        .filter((frame) => frame.trim() !== '')
        .map((frame) =>
          Object.fromEntries(
            frame.split('\n').map((line) => {
              const at = line.indexOf(':');
              return [line.slice(0, at), line.slice(at + 1).trim()];
            }),
          ),
        ),
    }),
  );
}
