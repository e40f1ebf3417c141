import { Readable, Transform } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Bytes } from '#shared/model/units.ts';
import type { S3Config } from './s3-config.ts';

/** A page of a listing has 1,000 keys of at most 1 KB, encoded three characters for a byte. */
const MAX_ANSWER_BYTES: Bytes = 16 * 1024 * 1024;
const MAX_TOKENS = 8;

/** Session tokens as they were sent last: what an answer repeats of them must not reach a log. */
const sent = new WeakMap<S3Config, Set<string>>();

/** `text` of a server without the secrets that were sent to it. */
export function withoutSecrets(config: S3Config, text: string): string {
  let clean = text.replace(/Signature=[0-9a-f]+/gi, 'Signature=…');
  for (const token of sent.get(config) ?? [])
    clean = clean.replaceAll(token, '…').replaceAll(encodeURIComponent(token), '…');
  return clean;
}

/** Ends answers that are no objects and still go on and on; remembers what `withoutSecrets` takes out. */
export function guardAnswers(client: S3Client, config: S3Config): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        remember(config, args.request);
        const result = await next(args);
        const response = result.response as Answer;
        const isObject = commandName === 'GetObjectCommand' && response.statusCode < 300;
        if (!isObject && response.body instanceof Readable && !isShort(response))
          response.body = limited(response.body);
        return result;
      },
    { step: 'deserialize', name: 'guardAnswers', priority: 'low' },
  );
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** Node ends an answer where its Content-Length says: most need no counting, least of all those to thousands of puts. */
const isShort = ({ headers }: Answer): boolean => {
  const length = headers?.['content-length'];
  return length !== undefined && Number(length) <= MAX_ANSWER_BYTES;
};

function remember(config: S3Config, request: unknown): void {
  const { headers } = request as { readonly headers?: Readonly<Record<string, string>> };
  const token = headers?.['x-amz-security-token'];
  if (token === undefined || token === '') return;
  const tokens = sent.get(config) ?? new Set();
  tokens.delete(token);
  tokens.add(token);
  for (const oldest of tokens) {
    if (tokens.size <= MAX_TOKENS) break;
    tokens.delete(oldest);
  }
  sent.set(config, tokens);
}

function limited(body: Readable): Readable {
  let size = 0;
  const limit = new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      size += chunk.length;
      if (size <= MAX_ANSWER_BYTES) done(null, chunk);
      // Named as what the SDK would say of it, so that it is reported alike.
      else done(new Error(`XML parse error: the answer has more than ${MAX_ANSWER_BYTES} bytes.`));
    },
  });
  body.once('error', (thrown) => limit.destroy(thrown));
  limit.once('close', () => body.destroy());
  return body.pipe(limit);
}
