import type { z } from 'zod';
import { badResponse, interruptedFailure } from './failures.ts';
import type { HttpReply } from './http-call.ts';

export const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;
export const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_CHARACTERS = 2000;

/** The whole body as text, at most `limit` bytes of it. */
async function readText(reply: HttpReply, limit: number, whenLarger: () => Error | null): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply.chunks) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > limit) {
      const failure = whenLarger();
      if (failure !== null) throw failure;
      break;
    }
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

const looksLikePage = (text: string, contentType: string): boolean =>
  contentType.includes('text/html') || /^\s*<(!doctype|html|head|body|\?xml)/i.test(text);

/** A JSON document checked against `schema`. */
export async function readJson<T>(reply: HttpReply, schema: z.ZodType<T>, server: string): Promise<T> {
  const text = await readText(reply, MAX_DOCUMENT_BYTES, () =>
    badResponse(server, `answered with more than ${MAX_DOCUMENT_BYTES / 2 ** 20} MiB`),
  );
  if (looksLikePage(text, reply.contentType)) {
    throw badResponse(server, 'answered with a web page instead of JSON', text.slice(0, 200));
  }
  return parseJson(text, schema, server);
}

/** One piece of JSON checked against `schema`; a message of a stream, or a document. */
export function parseJson<T>(text: string, schema: z.ZodType<T>, server: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badResponse(server, 'answered with something that is not JSON', text.slice(0, 200));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badResponse(
    server,
    'answered with JSON of an unexpected shape',
    `${issue?.path.join('.') || 'document'}: ${issue?.message ?? 'not valid'}`,
  );
}

/** The lines of an NDJSON body, without blank ones; the last needs no line end. */
export async function* readLines(reply: HttpReply, server: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of reply.chunks) {
    rest += decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', from)) {
      const line = rest.slice(from, end).trim();
      from = end + 1;
      if (line !== '') yield line;
    }
    rest = rest.slice(from);
    if (rest.length > MAX_LINE_BYTES) {
      throw badResponse(server, `sent a line of more than ${MAX_LINE_BYTES / 2 ** 20} MiB`);
    }
  }
  rest = (rest + decoder.decode()).trim();
  if (rest !== '') yield rest;
}

/** What a server says about its failure, in one of the usual shapes. */
export async function readErrorMessage(reply: HttpReply): Promise<string> {
  let text: string;
  try {
    text = await readText(reply, MAX_ERROR_BYTES, () => null);
  } catch (thrown) {
    if (interruptedFailure(thrown, '').code !== 'backend.interrupted') throw thrown;
    return '';
  }
  if (looksLikePage(text, reply.contentType)) return 'a web page';
  return errorMessageOf(text);
}

function errorMessageOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return (messageIn(value) ?? text).trim().slice(0, ERROR_CHARACTERS);
  } catch {
    return text.trim().slice(0, ERROR_CHARACTERS);
  }
}

/** `{"error":"…"}`, `{"error":{"message":"…"}}`, `{"message":"…"}` or `{"detail":…}`. */
export function messageIn(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  for (const key of ['error', 'message', 'detail', 'msg']) {
    if (key in value) {
      const found = messageIn((value as Record<string, unknown>)[key]);
      if (found !== null) return found;
    }
  }
  return Array.isArray(value) ? messageIn(value[0]) : null;
}
