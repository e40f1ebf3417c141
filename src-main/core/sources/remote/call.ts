import type { z } from 'zod';
import { nestsTooDeep } from '#shared/lib/json-depth.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { Bytes, Milliseconds } from '#shared/model/units.ts';
import {
  brokenFailure,
  oddFailure,
  type RemoteFailure,
  refusalFailure,
  slowFailure,
  tooLargeFailure,
  wiped,
} from './failures.ts';

/** A rune-api as this client sees it. */
export interface Remote {
  /** As messages name it. */
  readonly who: string;
  readonly base: string;
  readonly tenant: string;
  /** Throws `secret.not_found`. Asked anew for each call: it may have been replaced. */
  token(): Promise<string | null>;
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** From /v1 on, ids encoded. */
  readonly path: string;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly limitMs?: Milliseconds | undefined;
  readonly limitBytes?: Bytes | undefined;
  readonly signal: AbortSignal;
}

/** RUNE's own client waits as long. */
const LIMIT_MS: Milliseconds = 20_000;
const LIMIT_BYTES: Bytes = 32 * 1024 * 1024;
const REFUSAL_BYTES: Bytes = 64 * 1024;

/** One JSON object. Throws RemoteFailure, or what `signal` carries. */
export async function askJson<T>(remote: Remote, asked: Asked, schema: z.ZodType<T>): Promise<T> {
  const { bytes, token } = await askBytes(remote, asked);
  const text = bytes.toString('utf8');
  const parsed = schema.safeParse(parseJson(remote, text, token));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw oddFailure(
    remote.who,
    `JSON of another shape${where === '' ? '' : ` (${where.slice(0, 100)})`}`,
    wiped(text, token),
  );
}

/** A whole answer's bytes. */
export async function askBytes(
  remote: Remote,
  asked: Asked,
): Promise<{ readonly bytes: Buffer; readonly token: string | null }> {
  const { who } = remote;
  const limitMs = asked.limitMs ?? LIMIT_MS;
  const late = AbortSignal.timeout(limitMs);
  return opened(remote, asked, AbortSignal.any([asked.signal, late]), (thrown) =>
    late.aborted ? slowFailure(who, limitMs) : brokenFailure(who, thrown),
  ).then(async ({ response, token, failed }) => {
    try {
      return { bytes: await readAll(response, asked.limitBytes ?? LIMIT_BYTES, who), token };
    } catch (thrown) {
      throw failed(thrown);
    }
  });
}

/** An answer that goes on; whoever reads it ends it with the signal. */
export async function askStream(
  remote: Remote,
  asked: Asked,
): Promise<{ readonly response: Response; failed(thrown: unknown): unknown }> {
  const { response, failed } = await opened(remote, asked, asked.signal, (thrown) =>
    brokenFailure(remote.who, thrown),
  );
  return { response, failed };
}

async function opened(
  remote: Remote,
  asked: Asked,
  signal: AbortSignal,
  because: (thrown: unknown) => RemoteFailure,
): Promise<{ response: Response; token: string | null; failed(thrown: unknown): unknown }> {
  const failed = (thrown: unknown): unknown => {
    if (asked.signal.aborted) return abortFailure(asked.signal);
    return thrown instanceof CodedError ? thrown : because(thrown);
  };
  const token = await remote.token();
  if (asked.signal.aborted) throw abortFailure(asked.signal);
  try {
    const response = await fetch(remote.base + asked.path, {
      method: asked.method ?? 'GET',
      headers: {
        accept: 'application/json',
        'x-tenant-id': remote.tenant,
        ...(token !== null && { authorization: `Bearer ${token}`, 'x-api-key': token }),
        ...(asked.body !== undefined && { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(asked.body !== undefined && { body: JSON.stringify(asked.body) }),
      // The token is for this server, not for wherever it points.
      redirect: 'manual',
      signal,
    });
    if (response.status < 200 || response.status > 299) throw await refusalOf(response, remote, token);
    return { response, token, failed };
  } catch (thrown) {
    throw failed(thrown);
  }
}

async function refusalOf(response: Response, { who }: Remote, token: string | null): Promise<RemoteFailure> {
  const text = (await readAll(response, REFUSAL_BYTES, who).catch(() => Buffer.alloc(0))).toString('utf8');
  let body: unknown;
  try {
    body = nestsTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  const object = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const isRune = typeof object.error === 'string';
  const plain = text
    .replace(/<[^>]{0,500}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return refusalFailure(
    who,
    {
      status: response.status,
      said: wiped(isRune ? String(object.error) : plain, token),
      code: typeof object.code === 'string' ? object.code : '',
      isRune,
      retryAfter: response.headers.get('retry-after'),
      location: response.headers.get('location'),
    },
    Date.now(),
  );
}

async function readAll({ body }: Response, limit: Bytes, who: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > limit) throw tooLargeFailure(who, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson({ who }: Remote, text: string, token: string | null): unknown {
  if (nestsTooDeep(text)) throw oddFailure(who, 'JSON that is nested too deep');
  try {
    return JSON.parse(text);
  } catch {
    const what = /^\s*</.test(text) ? 'a page' : 'something that is not JSON';
    throw oddFailure(who, what, wiped(text, token));
  }
}
