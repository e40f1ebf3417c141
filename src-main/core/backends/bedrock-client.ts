import { Readable } from 'node:stream';
import type { BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { BackendEndpoint } from './backend.ts';
import { bedrockPlaces } from './bedrock-address.ts';
import { badResponse } from './failures.ts';
import type { Patience } from './http-call.ts';

/** Loaded when the first request is made: it takes a tenth of a second, which a start can do without. */
const loadRuntime = () => import('@aws-sdk/client-bedrock-runtime');
const loadControl = () => import('@aws-sdk/client-bedrock');

/** An answer's frames weigh far more than its text. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export type Runtime = Awaited<ReturnType<typeof loadRuntime>>;
export type Control = Awaited<ReturnType<typeof loadControl>>;

/** One region's two services, each connected to when it is asked for. */
export interface BedrockClients {
  runtime(): Promise<{
    readonly sdk: Runtime;
    readonly client: InstanceType<Runtime['BedrockRuntimeClient']>;
  }>;
  control(): Promise<{ readonly sdk: Control; readonly client: InstanceType<Control['BedrockClient']> }>;
}

export function bedrockClients(endpoint: BackendEndpoint, patience: Patience): BedrockClients {
  const { region, control } = bedrockPlaces(endpoint.base_url, endpoint.region ?? null);
  const configFor = (url: string): BedrockRuntimeClientConfig => ({
    region,
    endpoint: url,
    // A second attempt inside a call would be measured as the model's slowness.
    maxAttempts: 1,
    logger: silent,
    // As with every other backend each call has its own HTTP/1.1 connection, which any proxy understands.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: patience.connectMs,
      httpAgent: { keepAlive: false },
      httpsAgent: { keepAlive: false },
      logger: silent,
    }),
    ...authentication(endpoint.api_key),
  });
  const connectRuntime = async () => {
    const sdk = await loadRuntime();
    const client = new sdk.BedrockRuntimeClient(configFor(endpoint.base_url));
    client.middlewareStack.add(limitAnswers(endpoint.base_url), LAST);
    return { sdk, client };
  };
  const connectControl = async () => {
    const sdk = await loadControl();
    const client = new sdk.BedrockClient(configFor(control));
    client.middlewareStack.add(limitAnswers(control), LAST);
    return { sdk, client };
  };
  // One client each: a client keeps the credentials it found, and looking for them would count as the model's time.
  let runtime: ReturnType<typeof connectRuntime> | null = null;
  let listing: ReturnType<typeof connectControl> | null = null;
  return {
    runtime: () => {
      runtime ??= connectRuntime();
      return runtime;
    },
    control: () => {
      listing ??= connectControl();
      return listing;
    },
  };
}

/** `key id:secret key[:session token]`, or a Bedrock API key; null: the SDK's own chain (environment, profile, role). */
function authentication(
  key: string | null,
): Pick<BedrockRuntimeClientConfig, 'credentials' | 'token' | 'authSchemePreference'> {
  if (key === null || key === '') return {};
  const [accessKeyId = '', secretAccessKey = '', ...session] = awsKeyParts(key);
  if (accessKeyId === '') return { token: { token: key }, authSchemePreference: ['httpBearerAuth'] };
  const sessionToken = session[0];
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    authSchemePreference: ['sigv4'],
  };
}

/** Key id, secret key and session token of one secret; nothing where it is a key of another kind. */
export const awsKeyParts = (key: string): readonly string[] => {
  const parts = key.split(':');
  return parts.length >= 2 && parts.length <= 3 && /^[A-Z0-9]{16,128}$/.test(parts[0] ?? '') ? parts : [];
};

// The step below the SDK's own reading of an answer.
const LAST = { step: 'deserialize', name: 'limitAnswers', priority: 'low' } as const;

interface Handled {
  readonly response: unknown;
  readonly output?: object;
}

/** Ends answers that go on and on. */
const limitAnswers =
  (server: string) =>
  <Args, Result extends Handled>(next: (args: Args) => Promise<Result>) =>
  async (args: Args): Promise<Result> => {
    const result = await next(args);
    const response = result.response as { body?: unknown };
    if (response.body instanceof Readable) response.body = Readable.from(limited(response.body, server));
    return result;
  };

async function* limited(body: AsyncIterable<Uint8Array>, server: string): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw badResponse(server, 'sent an answer without end');
    yield chunk;
  }
}
