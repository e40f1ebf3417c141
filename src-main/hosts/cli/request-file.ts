import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { MAX_REQUEST_BYTES } from '#shared/contract/requests.ts';
import { CodedError } from '#shared/model/failure.ts';

const tooLarge = (name: string): CodedError =>
  new CodedError(
    'request.too_large',
    `${name} is larger than ${MAX_REQUEST_BYTES / 1024 / 1024} MiB, the most that a request may be.`,
  );

/** The JSON object in `path` (`-`: stdin), read no further than the limit. */
export async function readRequest(path: string): Promise<Record<string, unknown>> {
  const name = path === '-' ? 'The request on stdin' : `The request file ${path}`;
  const text = await readText(path, name);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodedError('request.invalid', `${name} is not JSON: ${why}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodedError('request.invalid', `${name} must hold a JSON object.`);
  return value as Record<string, unknown>;
}

/** The text in `path` (`-`: stdin), read no further than the limit; `name` is what a failure calls it. */
export async function readText(path: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  let stream: Readable | null = null;
  try {
    if (path !== '-' && (await stat(path)).size > MAX_REQUEST_BYTES) throw tooLarge(name);
    stream = path === '-' ? process.stdin : createReadStream(path);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_REQUEST_BYTES) throw tooLarge(name);
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodedError('request.invalid', `${name} cannot be read: ${why}.`);
  } finally {
    stream?.destroy();
  }
}
