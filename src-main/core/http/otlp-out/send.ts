import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { REDACTED, redactText } from '#shared/lib/redact-text.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes, Milliseconds } from '#shared/model/units.ts';

export interface Collector {
  /** With its path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
}

export type Sent =
  | { readonly kind: 'taken'; readonly rejectedSpans: number; readonly message: string }
  /** It may do so later; `afterMs`: when it asked to be asked again. */
  | { readonly kind: 'later'; readonly failure: CodedError; readonly afterMs: Milliseconds | null }
  /** Nothing will be taken there as things are: it is the address, or who asks, not what was sent. */
  | { readonly kind: 'closed'; readonly failure: CodedError }
  | { readonly kind: 'refused'; readonly failure: CodedError; readonly isTooLarge: boolean };

const TIMEOUT_MS: Milliseconds = 10_000;
const MAX_ANSWER: Bytes = 64 * 1024;
/** The statuses after which OTLP/HTTP has a sender come again (reference: otel §2). */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Whoever answers so says nothing about the spans. */
const CLOSED: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 406, 407, 410, 415, 421]);
const MAX_AFTER_MS: Milliseconds = 10 * 60_000;

const zipped = promisify(gzip);

const answerSchema = z.looseObject({
  partialSuccess: z
    .looseObject({
      rejectedSpans: z.union([z.number(), z.string()]).nullish(),
      errorMessage: z.string().nullish(),
    })
    .nullish(),
});

/** One export request, a JSON text. Throws only when `signal` aborts. */
export async function sendTraces(
  collector: Collector,
  request: string,
  signal: AbortSignal,
  timeoutMs: Milliseconds = TIMEOUT_MS,
): Promise<Sent> {
  const { url, headers, compression } = collector;
  const body = compression === 'gzip' ? await zipped(request) : Buffer.from(request);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
      },
      body: new Uint8Array(body),
      // Where it leads would be told what the headers hold.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = await readAnswer(answer);
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'later', failure: unreachable(url, thrown), afterMs: null };
  }
  const plain = plainFor(headers);
  if (answer.ok) return taken(text, url, answer.status, plain);
  const said = plain(text);
  const words = `The collector at ${new URL(url).host} answered ${answer.status}${said === '' ? '' : `: ${said}`}`;
  if (AGAIN.has(answer.status)) {
    const failure = new CodedError('otlp.busy', `${words}.`, { retryable: true });
    return { kind: 'later', failure, afterMs: retryAfter(answer.headers.get('retry-after')) };
  }
  const failure = new CodedError('otlp.refused', `${words}.`);
  if (answer.status < 400 || CLOSED.has(answer.status)) return { kind: 'closed', failure };
  return { kind: 'refused', failure, isTooLarge: answer.status === 413 };
}

/** An answer that is no OTLP came from something that is no collector: nothing was taken. */
function taken(text: string, url: string, status: number, plain: (text: string) => string): Sent {
  const { data, error } = answerSchema.safeParse(text.trim() === '' ? {} : jsonOf(text));
  if (error !== undefined)
    return {
      kind: 'closed',
      failure: new CodedError(
        'otlp.refused',
        `${new URL(url).host} answered ${status}, but not as an OTLP collector does. Is the address right?`,
      ),
    };
  const { rejectedSpans, errorMessage } = data.partialSuccess ?? {};
  return {
    kind: 'taken',
    rejectedSpans: Number(rejectedSpans ?? 0) || 0,
    message: plain(errorMessage ?? ''),
  };
}

async function readAnswer(answer: Response): Promise<string> {
  if (answer.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.byteLength;
    if (length > MAX_ANSWER) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Seconds or a date. */
function retryAfter(header: string | null): Milliseconds | null {
  if (header === null || header.trim() === '') return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(MAX_AFTER_MS, Math.max(0, ms)) : null;
}

/** A value shorter than this is no secret, and may stand in any text. */
const SHORTEST_SECRET = 6;

/**
 * What an answer says to people, on one line: the message in a google.rpc.Status, or the text itself. Some answer with
 * what they were sent: headers' values are taken out.
 */
function plainFor(headers: Collector['headers']): (text: string) => string {
  const secrets = Object.values(headers)
    .flatMap((value) => [value, ...value.split(' ')])
    .filter((value) => value.length >= SHORTEST_SECRET);
  return (text) => {
    const status = z.looseObject({ message: z.string() }).safeParse(jsonOf(text));
    let said = status.success ? status.data.message : text;
    for (const secret of secrets) said = said.replaceAll(secret, REDACTED);
    return redactText(said.replaceAll(/[\s\p{Cc}]+/gu, ' '))
      .trim()
      .replace(/\.$/, '')
      .slice(0, 300);
  };
}

function unreachable(url: string, thrown: unknown): CodedError {
  const { name, cause, message } = thrown as Error;
  const why =
    name === 'TimeoutError'
      ? 'it did not answer in time'
      : ((cause as { code?: string } | undefined)?.code ?? message);
  return new CodedError(
    'otlp.unreachable',
    `The collector at ${new URL(url).host} cannot be reached: ${why}.`,
    {
      retryable: true,
      cause: thrown,
    },
  );
}
