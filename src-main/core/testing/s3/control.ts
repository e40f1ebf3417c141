import type { IncomingMessage, ServerResponse } from 'node:http';
import type { S3Behaviour } from './behaviour.ts';
import type { FaultCounts, FaultName, FaultProxy, FaultRates } from './fault-proxy.ts';
import type { SeedItem } from './object-store.ts';
import type { PutLogEntry, S3Operation } from './operations.ts';
import type { S3Server } from './s3-server.ts';

/** Objects made in the server's process: from keys and one text, or by a function that a module exports. */
export type SeedRequest =
  | {
      readonly bucket: string;
      readonly keys: readonly string[];
      /** `{key}` becomes the object's key; made when read. */
      readonly body: string;
      readonly lastModified?: number;
    }
  | {
      readonly bucket: string;
      /** A module's file URL, and the name of its `(args) => Iterable<SeedItem>`. */
      readonly module: string;
      readonly name: string;
      readonly args?: unknown;
    };

export interface PutRequest {
  readonly bucket: string;
  readonly key: string;
  readonly base64: string;
  readonly lastModified?: number;
}

interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** The calls of the control endpoint: POST /_test/NAME with a JSON argument and a JSON answer. */
export interface ControlCalls {
  puts: { argument: null; answer: readonly PutLogEntry[] };
  requests: { argument: null; answer: Readonly<Record<S3Operation, number>> };
  keys: { argument: { readonly bucket: string }; answer: readonly string[] };
  /** Base64, null when missing. */
  get: { argument: ObjectAddress; answer: string | null };
  put: { argument: PutRequest; answer: null };
  remove: { argument: ObjectAddress; answer: null };
  seed: { argument: SeedRequest; answer: number };
  configure: { argument: Partial<S3Behaviour>; answer: null };
  /** Null stops them. */
  faults: { argument: FaultRates | null; answer: null };
  inject: { argument: readonly FaultName[]; answer: null };
  counts: { argument: null; answer: FaultCounts };
}
export type ControlName = keyof ControlCalls;
type Handlers = {
  readonly [Name in ControlName]: (
    argument: ControlCalls[Name]['argument'],
  ) => ControlCalls[Name]['answer'] | Promise<ControlCalls[Name]['answer']>;
};

/** A `control` for startS3Server that answers /_test/ from the server and the proxy before it. */
export function controlOf(
  parts: () => { readonly server: S3Server; readonly proxy: FaultProxy },
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const handlers: Handlers = {
    puts: () => parts().server.puts,
    requests: () => parts().server.requests,
    keys: ({ bucket }) => parts().server.objects.keys(bucket),
    get: ({ bucket, key }) => parts().server.objects.get(bucket, key)?.toString('base64') ?? null,
    put: ({ bucket, key, base64, lastModified }) => {
      const options = lastModified === undefined ? {} : { lastModified: new Date(lastModified) };
      parts().server.objects.put(bucket, key, Buffer.from(base64, 'base64'), options);
      return null;
    },
    remove: ({ bucket, key }) => {
      parts().server.objects.remove(bucket, key);
      return null;
    },
    seed: async (request) => parts().server.objects.seed(request.bucket, await itemsOf(request)),
    configure: (change) => {
      parts().server.configure(change);
      return null;
    },
    faults: (faults) => {
      if (faults === null) parts().proxy.quiet();
      else parts().proxy.configure(faults);
      return null;
    },
    inject: (faults) => {
      parts().proxy.inject(...faults);
      return null;
    },
    counts: () => parts().proxy.counts,
  };
  return (request, response) => {
    const name = /^\/_test\/([a-z]+)$/.exec(request.url ?? '')?.[1];
    if (name === undefined) return false;
    const handler = Object.hasOwn(handlers, name) ? handlers[name as ControlName] : undefined;
    handle(handler as ((argument: unknown) => unknown) | undefined, request, response);
    return true;
  };
}

async function handle(
  handler: ((argument: unknown) => unknown) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (handler === undefined) throw new Error(`${request.url} is no call of the control endpoint`);
    const result = await handler(text === '' ? null : JSON.parse(text));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  } catch (thrown) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(String(thrown));
  }
}

async function itemsOf(request: SeedRequest): Promise<Iterable<SeedItem>> {
  if ('module' in request) {
    const made = (await import(request.module)) as Record<string, (args: unknown) => Iterable<SeedItem>>;
    const items = made[request.name];
    if (items === undefined) throw new Error(`${request.module} exports no ${request.name}`);
    return items(request.args);
  }
  const { keys, body, lastModified } = request;
  const pieces = body.split('{key}');
  const fixed = Buffer.byteLength(pieces.join(''));
  return keys.map((key) => ({
    key,
    body: () => Buffer.from(pieces.join(key)),
    size: fixed + (pieces.length - 1) * Buffer.byteLength(key),
    ...(lastModified === undefined ? {} : { lastModified }),
  }));
}
