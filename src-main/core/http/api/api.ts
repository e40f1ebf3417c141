import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Env, Logger } from '#core/ports/ports.ts';
import { toFailure } from '#shared/model/failure.ts';
import { logRequest, statusOf } from '../request-log.ts';
import type { HttpRoute } from '../seams.ts';
import type { Access } from './access.ts';
import { Refused, type Reply, refusalOf, refusalReply, send } from './answer.ts';
import { readJsonObject } from './body.ts';
import type { ContractClient } from './client.ts';
import type { ApiContext, Endpoint } from './endpoint.ts';
import { isId } from './endpoints/lookup.ts';
import { createGate } from './gate.ts';
import { createFinder, endpointTable, type Match } from './table.ts';
import { createTraceStreams, type StreamLimits } from './trace-stream.ts';

export interface ApiDeps {
  readonly client: ContractClient;
  readonly env: Env;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: Access;
  readonly version: string;
  readonly limits?: StreamLimits | undefined;
}

export interface Api {
  readonly route: HttpRoute;
  /** Ends what streams, so that a server can close. */
  drain(): void;
  /** Readers of trace streams at the moment. */
  watchers(): number;
}

/** RUNE's API below /v1, and /healthz. Throws `http.refused` for limits in the environment that are none. */
export function createApi(deps: ApiDeps): Api {
  const { client, env, clock, logger } = deps;
  const table = endpointTable(deps.version);
  const find = createFinder(table);
  const gate = createGate(deps.access, env, clock);
  const streams = createTraceStreams(client, logger, deps.limits);
  const api: ApiContext = { client, env, clock, logger, streams };

  const answer = async (request: IncomingMessage, about: RequestAbout): Promise<Reply> => {
    const match = find(about.segments);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const row = match?.find(method) ?? null;
    about.endpoint = row?.path ?? match?.pattern ?? '(unknown)';
    gate.checkSender(request, row, about);
    if (row?.open !== true) gate.letIn(request, about);
    if (match === null) throw new Refused(404, 'not found');
    if (row === null) return otherMethod(method, match);
    return call(request, row, match, about);
  };

  const call = async (
    request: IncomingMessage,
    row: Endpoint,
    match: Match,
    about: RequestAbout,
  ): Promise<Reply> => {
    const { id } = match.params;
    if (row.path.includes('{id}') && id !== undefined && isId(id)) about.jobId = id;
    const reply = await row.handle({
      api,
      tenant: about.tenant ?? 'default',
      params: match.params,
      query: row.query === null ? null : parseQuery(row.query, about.query),
      body: row.body === null ? {} : await readJsonObject(request),
      request,
      signal: about.signal,
    });
    about.jobId ??= acceptedJob(reply);
    return reply;
  };

  const route: HttpRoute = async (request, response) => {
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
    if (path !== '/healthz' && path !== '/v1' && !path.startsWith('/v1/')) return false;
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const about: RequestAbout = {
      segments: [],
      query,
      signal: gone.signal,
      startedMs: clock.monotonicMs(),
      address: request.socket.remoteAddress ?? '',
      endpoint: '(unknown)',
      tenant: null,
      auth: 'missing',
      jobId: null,
      error: null,
    };
    response.once('close', () =>
      logRequest(logger, {
        ...about,
        method: request.method ?? '',
        status: statusOf(response),
        durationMs: clock.monotonicMs() - about.startedMs,
      }),
    );
    let reply: Reply;
    try {
      about.segments = segmentsOf(path);
      reply = await answer(request, about);
    } catch (thrown) {
      const refused = refusalOf(thrown) ?? bugOf(thrown, about);
      about.error = refused.message;
      reply = refusalReply(refused);
    }
    await sendSafely(request, response, reply, about);
    return true;
  };

  const bugOf = (thrown: unknown, about: RequestAbout): Refused => {
    // Who left hears nothing, and what was broken off for it is no bug.
    if (!about.signal.aborted) {
      logger.log({
        level: 'error',
        event: 'http.failed',
        message: `${about.endpoint}: ${toFailure(thrown).message}`,
      });
    }
    return new Refused(500, 'internal error');
  };

  const sendSafely = async (
    request: IncomingMessage,
    response: ServerResponse,
    reply: Reply,
    about: RequestAbout,
  ): Promise<void> => {
    try {
      await send(request, response, reply);
    } catch (thrown) {
      const refused = refusalOf(thrown) ?? bugOf(thrown, about);
      if (response.headersSent) response.destroy();
      else await send(request, response, refusalReply(refused));
    }
  };

  return { route, drain: () => streams.drain(), watchers: () => streams.watchers };
}

/** What is known of a request so far; its log record is made of it. */
export interface RequestAbout {
  segments: readonly string[];
  readonly query: string;
  readonly signal: AbortSignal;
  readonly startedMs: number;
  /** A socket that was closed has none. */
  readonly address: string;
  endpoint: string;
  tenant: string | null;
  auth: string;
  jobId: string | null;
  /** What a refusal said. */
  error: string | null;
}

/** The job that a submission has made. */
function acceptedJob(reply: Reply): string | null {
  if (!('json' in reply) || reply.status !== 202) return null;
  const { job_id } = reply.json as { readonly job_id?: unknown };
  return typeof job_id === 'string' ? job_id : null;
}

/** Decoded one by one, so that no encoded slash makes two of one. */
function segmentsOf(path: string): string[] {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    throw new Refused(400, 'invalid path');
  }
}

/** The last of those that are named twice; what is unknown is ignored, as RUNE does. */
function parseQuery(schema: NonNullable<Endpoint['query']>, text: string): unknown {
  const given = new URLSearchParams(text);
  const known = Object.keys(schema.shape).flatMap((name) => {
    const value = given.getAll(name).at(-1);
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const parsed = schema.safeParse(Object.fromEntries(known));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Refused(400, problems.join('; '), {}, 'request.invalid');
}

/** HEAD and OPTIONS of what is there say what may be done; no page of another site is let in by them. */
function otherMethod(method: string, { allowed }: Match): Reply {
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  if (method === 'OPTIONS')
    return { status: 204, bytes: Buffer.alloc(0), type: 'text/plain', headers: { allow } };
  throw new Refused(405, 'method not allowed', { allow });
}
