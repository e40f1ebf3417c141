import type { IncomingMessage } from 'node:http';
import { nestsTooDeep } from '#shared/lib/json-depth.ts';
import type { Bytes } from '#shared/model/units.ts';
import { Refused } from './answer.ts';

/** RUNE's limit and its sentence. */
const MAX_BODY: Bytes = 10 * 1024 * 1024;
const tooLarge = (): Refused => new Refused(413, 'request too large (exceeds maximum size of 10 MiB)');

/** RUNE checks no content type: Python sends a form's where nobody says, curl too. What cannot be JSON is refused. */
const MAY_BE_JSON =
  /^(?:application\/(?:[\w.+-]*json|x-www-form-urlencoded)|text\/(?:plain|json))\s*(?:;|$)/i;

/** The JSON object in a request's body; an absent body is an empty one. */
export async function readJsonObject(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers['content-type'];
  const encoding = request.headers['content-encoding'];
  if (type !== undefined && !MAY_BE_JSON.test(type))
    throw new Refused(415, `unsupported content type: send application/json`);
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw new Refused(415, 'unsupported content encoding: send the body as it is');
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return {};
  const value = parse(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused(400, 'request body must be a JSON object');
  // It would vanish on the way, as no key of anything.
  if (Object.hasOwn(value, '__proto__')) throw new Refused(400, 'unknown key: __proto__');
  return value as Readonly<Record<string, unknown>>;
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (end: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      end();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size > MAX_BODY) stop(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const onEnd = (): void => stop(() => resolve(Buffer.concat(chunks)));
    const onGone = (): void => stop(() => reject(new Refused(400, 'the request was broken off')));
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function parse(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!nestsTooDeep(text)) return JSON.parse(text);
  } catch {
    // Said below.
  }
  throw new Refused(400, 'invalid JSON');
}
