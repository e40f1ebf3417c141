import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** An event as RUNE's stream sends it. */
export interface RuneEvent {
  readonly id: number;
  readonly event: string;
  readonly status: 'ok' | 'error';
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly labels: Record<string, unknown>;
  readonly recorded_at: number;
}

export interface RuneJob {
  readonly job_id: string;
  readonly tenant: string;
  readonly kind: string;
  readonly body: Record<string, unknown>;
  readonly created_at: number;
  status: string;
  updated_at: number;
  result: Record<string, unknown> | null;
  error: string | null;
  readonly events: RuneEvent[];
  readonly artifacts: { readonly id: string; readonly name: string; readonly content: string }[];
}

/** What goes wrong with a call; `after` does what was asked, and then fails. */
export type RuneFault =
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
      readonly after?: true;
    }
  | { readonly drop: 'before' | 'after' }
  | { readonly hang: true }
  | { readonly text: string; readonly type?: string };

export interface FakeRune {
  readonly url: string;
  readonly port: number;
  readonly jobs: Map<string, RuneJob>;
  readonly seen: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** Used one after the other for calls whose method and path begin so; those that are left last. */
  fail(what: string, ...faults: readonly RuneFault[]): void;
  heal(): void;
  emit(jobId: string, event: Omit<RuneEvent, 'id' | 'recorded_at'>): void;
  end(jobId: string, status: 'succeeded' | 'failed', result?: Record<string, unknown>, error?: string): void;
  close(): Promise<void>;
}

export const RUNE_TOKEN = 'rune-token-of-32-characters-0123456789';

/**
 * RUNE's own API server as it is at its HEAD (reference: rune-api §1-§6): HTTP/1.0 without lengths, times as texts,
 * no list of jobs, both headers demanded, cancel that does not look, a stream that stays open after its end.
 */
export async function startFakeRune({
  tenant = 'default',
  token = RUNE_TOKEN,
}: {
  readonly tenant?: string;
  readonly token?: string | null;
} = {}): Promise<FakeRune> {
  const jobs = new Map<string, RuneJob>();
  const keys = new Map<string, string>();
  const seen: FakeRune['seen'] = [];
  const faults = new Map<string, RuneFault[]>();
  const streams = new Set<ServerResponse>();
  let events = 0;
  let made = 0;

  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  };
  const submit = (kind: string, body: Record<string, unknown>, key: string): string => {
    const known = key === '' ? undefined : keys.get(`${kind} ${key}`);
    if (known !== undefined) return known;
    const job_id = `0000000${++made}-1111-4222-8333-444444444444`.slice(-36);
    const now = Date.now() / 1000;
    jobs.set(job_id, {
      job_id,
      tenant,
      kind,
      body,
      status: 'running',
      created_at: now,
      updated_at: now,
      result: null,
      error: null,
      events: [],
      artifacts: [],
    });
    if (key !== '') keys.set(`${kind} ${key}`, job_id);
    return job_id;
  };
  const stream = (job: RuneJob, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    streams.add(response);
    let sent = 0;
    const poll = (): void => {
      for (const event of job.events.slice(sent))
        response.write(`event: log\ndata: ${JSON.stringify(event)}\n\n`);
      sent = job.events.length;
      if (job.status === 'running') return;
      // It returns, and the socket stays open.
      response.write('event: end\ndata: {}\n\n');
      clearInterval(timer);
    };
    const timer = setInterval(poll, 50);
    poll();
    response.on('close', () => {
      clearInterval(timer);
      streams.delete(response);
    });
  };
  const route = (
    request: IncomingMessage,
    response: ServerResponse,
    body: Record<string, unknown>,
  ): unknown => {
    const { method = 'GET', headers } = request;
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/healthz' || path === '/v1/healthz')
      return json(response, 200, { status: 'ok', active_threads: 3 });
    const isLetIn =
      token === null || (headers['x-tenant-id'] === tenant && headers.authorization === `Bearer ${token}`);
    if (!isLetIn) return json(response, 401, { error: 'unauthorized' });
    const [, kind] = /^\/v1\/jobs\/([a-z-]+)$/.exec(path) ?? [];
    if (method === 'POST' && kind !== undefined) {
      if (!['agentic-agent', 'benchmark', 'llm-instance', 'cost-estimate'].includes(kind))
        return json(response, 404, { error: `unknown job kind: ${kind}` });
      const key = String(headers['idempotency-key'] ?? headers['x-idempotency-key'] ?? '');
      return json(response, 202, { job_id: submit(kind, body, key), status: 'accepted' });
    }
    if (method === 'POST' && path === '/v1/estimates') {
      const { min_dph = 0, max_dph = 0 } = body as { min_dph?: number; max_dph?: number };
      const usd = min_dph > 0 && max_dph > 0 ? (min_dph + max_dph) / 2 : min_dph || max_dph || 2.5;
      return json(response, 200, {
        projected_cost_usd: usd,
        cost_driver: body.vastai === true ? 'vastai' : 'error',
        resource_impact: 'low',
        local_energy_kwh: 0,
        confidence_score: 1,
        warning: null,
      });
    }
    const [, id = ''] = /^\/v1\/(?:jobs|runs)\/([^/]+)/.exec(path) ?? [];
    const job = jobs.get(decodeURIComponent(id));
    if (/^\/v1\/jobs\/[^/]+$/.test(path) && id !== '') {
      if (job === undefined) return json(response, 404, { error: 'job not found' });
      if (method === 'DELETE') {
        job.status = 'cancelled';
        job.error = 'Cancelled by user';
        return json(response, 200, { status: 'cancelled', job_id: job.job_id });
      }
      return json(response, 200, {
        job_id: job.job_id,
        status: job.status,
        kind: job.kind,
        created_at: String(job.created_at),
        updated_at: String(job.updated_at),
        result: job.result,
        error: job.error,
      });
    }
    if (/^\/v1\/runs\/[^/]+\/trace$/.test(path))
      return job === undefined ? json(response, 404, { error: 'job not found' }) : stream(job, response);
    const [, artifactId] = /^\/v1\/runs\/[^/]+\/artifacts\/([^/]+)$/.exec(path) ?? [];
    if (artifactId !== undefined) {
      const found = job?.artifacts.find((one) => one.id === artifactId);
      if (found === undefined) return json(response, 404, { error: 'artifact not found' });
      response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' });
      return response.end(found.content);
    }
    if (/^\/v1\/runs\/[^/]+\/artifacts$/.test(path))
      return job === undefined
        ? json(response, 404, { error: 'job not found' })
        : json(response, 200, {
            run_id: job.job_id,
            artifacts: job.artifacts.map(({ id, name, content }) => ({
              artifact_id: id,
              kind: 'log',
              name,
              size_bytes: Buffer.byteLength(content),
              sha256: hash('sha256', content),
              created_at: job.updated_at,
              download_url: `/v1/audits/${job.job_id}/artifacts/${id}`,
            })),
            summary: { total_count: job.artifacts.length, kinds_present: ['log'] },
          });
    return json(response, 404, { error: 'not found' });
  };

  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    seen.push({ method, path, headers: request.headers });
    const key = [...faults.keys()].find((one) => `${method} ${path}`.startsWith(one));
    const fault = key === undefined ? undefined : faults.get(key)?.shift();
    if (key !== undefined && faults.get(key)?.length === 0) faults.delete(key);
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    const doIt = (): void => {
      const [, kind = ''] = /^\/v1\/jobs\/([a-z-]+)$/.exec(path) ?? [];
      if (method === 'POST' && kind !== '')
        submit(kind, body, String(request.headers['idempotency-key'] ?? ''));
    };
    if (fault === undefined) return route(request, response, body);
    if ('hang' in fault) return;
    if ('drop' in fault) {
      if (fault.drop === 'after') doIt();
      request.socket.destroy();
      return;
    }
    if ('text' in fault) {
      response.writeHead(200, { 'content-type': fault.type ?? 'text/html', connection: 'close' });
      response.end(fault.text);
      return;
    }
    if (fault.after === true) doIt();
    response.writeHead(fault.status, {
      'content-type': 'application/json',
      connection: 'close',
      ...fault.headers,
    });
    response.end(fault.body ?? JSON.stringify({ error: `status ${fault.status}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    jobs,
    seen,
    fail: (what, ...list) => void faults.set(what, [...list]),
    heal: () => faults.clear(),
    emit: (jobId, event) =>
      void jobs.get(jobId)?.events.push({ ...event, id: ++events, recorded_at: Date.now() / 1000 }),
    end: (jobId, status, result, error) => {
      const job = jobs.get(jobId);
      if (job === undefined) return;
      job.status = status;
      job.result = result ?? null;
      job.error = error ?? null;
      job.updated_at = Date.now() / 1000;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
