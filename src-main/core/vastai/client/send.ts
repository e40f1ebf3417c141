import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: object | undefined;
}

export interface Reply {
  readonly status: number;
  readonly html: boolean;
  /** Undefined where it is none. */
  readonly json: unknown;
  readonly text: string;
}

export interface Sending {
  /** The market as messages name it. */
  readonly who: string;
  readonly key: string;
  readonly limitMs: Milliseconds;
  readonly limitBytes: number;
}

/** One call. Our key must not follow a redirect: none is followed. Throws where no whole answer came. */
export async function send(request: Request, sending: Sending, signal: AbortSignal): Promise<Reply> {
  const { who, key, limitMs } = sending;
  if (signal.aborted) throw abortFailure(signal);
  const ended = new AbortController();
  const stop = () => ended.abort();
  const timer = setTimeout(stop, limitMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${key}`,
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: ended.signal,
    });
    const text = await readText(response, sending);
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      html: /html/i.test(type) || /^\s*<(!doctype|html)/i.test(text.slice(0, 200)),
      json: /json/i.test(type) ? parsed(text) : undefined,
      text,
    };
  } catch (thrown) {
    if (signal.aborted) throw abortFailure(signal);
    if (thrown instanceof CodedError) throw thrown;
    throw ended.signal.aborted
      ? unreachable(`${who} has not answered within ${Math.round(limitMs / 1000)} s`)
      : unreachable(whyNot(who, thrown));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function readText({ body }: Response, { who, limitBytes }: Sending): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let size = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > limitBytes)
      throw new CodedError(
        'vastai.bad_response',
        `${who} sent more than ${Math.round(limitBytes / 1024 / 1024)} MB: ask for less, or check VAST_API_URL.`,
      );
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join('') + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unreachable = (what: string): CodedError =>
  new CodedError('vastai.unreachable', `${what}: check the network and VAST_API_URL, then try again.`, {
    retryable: true,
  });

/** Never the thrown message: it may quote what was sent. */
function whyNot(who: string, thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  switch (code) {
    case 'ECONNREFUSED':
      return `${who} cannot be reached, nothing listens there`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${who} cannot be reached, its host name is not found`;
    default:
      return /^[A-Z0-9_]{3,60}$/.test(code)
        ? `The connection to ${who} broke (${code})`
        : `The connection to ${who} broke`;
  }
}
