import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { OtlpEncoding } from '#core/telemetry/otlp/decode.ts';
import type { Bytes } from '#shared/model/units.ts';
import { Refusal } from './answer.ts';

/** The specification's own advice for a receiver, before and after inflating. */
export const MAX_BODY: Bytes = 64 * 1024 * 1024;
const inflate = promisify(gunzip);

/** Null for anything that is neither of OTLP's two. */
export function encodingOf(contentType: string | undefined): OtlpEncoding | null {
  switch (contentType?.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return 'json';
    case 'application/x-protobuf':
    case 'application/protobuf':
      return 'protobuf';
    default:
      return null;
  }
}

/** Memory that bodies under way may take together. */
export class BodyBudget {
  private used: Bytes = 0;
  private readonly limit: Bytes;

  constructor(limit: Bytes) {
    this.limit = limit;
  }

  /** False when there is no room for so much more; one body always has room. */
  take(bytes: Bytes): boolean {
    if (this.used > 0 && this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: Bytes): void {
    this.used -= bytes;
  }
}

/** A body on its way; `release` when nobody needs it any more. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/** The request's body, inflated. Throws a Refusal. */
export async function readBody(
  request: IncomingMessage,
  budget: BodyBudget,
  maxBody: Bytes = MAX_BODY,
): Promise<HeldBody> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity' && coding !== 'gzip')
    throw new Refusal(415, `Content-Encoding ${coding} is not understood: send gzip or identity.`);
  let held: Bytes = 0;
  const hold = (bytes: Bytes): void => {
    if (!budget.take(bytes)) throw new Refusal(503, 'Too many bodies are under way.', 1);
    held += bytes;
  };
  const release = (): void => {
    budget.give(held);
    held = 0;
  };
  try {
    if (Number(request.headers['content-length'] ?? 0) > maxBody) throw tooLarge(maxBody);
    const raw = await collect(request, hold, maxBody);
    if (coding === 'identity') return { bytes: raw, release };
    const bytes = await unzip(raw, maxBody);
    hold(bytes.length);
    return { bytes, release };
  } catch (thrown) {
    release();
    throw thrown;
  }
}

const tooLarge = (maxBody: Bytes): Refusal =>
  new Refusal(413, `A request may hold ${maxBody / 2 ** 20} MiB, inflated. Send fewer spans at once.`);

function collect(request: IncomingMessage, hold: (bytes: Bytes) => void, maxBody: Bytes): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (end: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      end();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      try {
        if (size > maxBody) throw tooLarge(maxBody);
        hold(chunk.length);
        chunks.push(chunk);
      } catch (thrown) {
        stop(() => reject(thrown));
      }
    };
    const onEnd = (): void => stop(() => resolve(Buffer.concat(chunks)));
    const onGone = (): void => stop(() => reject(new Refusal(400, 'The request was broken off.')));
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

async function unzip(raw: Buffer, maxBody: Bytes): Promise<Uint8Array> {
  try {
    return await inflate(raw, { maxOutputLength: maxBody });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBody);
    throw new Refusal(400, 'The body is no gzip, or is cut short.');
  }
}
