import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { z } from 'zod';
import type { Usd } from '#shared/model/units.ts';
import { MAX_ANSWER_BYTES, notJson, statusTrouble, tooLong } from './http-json.ts';
import type { LivePrice } from './live.ts';
import { PriceTrouble, plausibleUsd } from './trouble.ts';

/** Loaded when the first price is asked for: it takes a tenth of a second, which a start can do without. */
const loadSdk = () => import('@aws-sdk/client-pricing');

export const AWS_API = 'The AWS price list';
/** One of the three regions that answer for all. */
const API_REGION = 'us-east-1';
export const AWS_PRICING_URL = `https://api.pricing.${API_REGION}.amazonaws.com`;
const MAX_PAGES = 3;

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsAsk {
  readonly base: string;
  /** Null: the SDK's own chain (profile, role). */
  readonly credentials: AwsCredentials | null;
  readonly region: string;
  readonly instanceType: string;
  readonly reference: Usd | null;
}

const product = z.object({
  product: z.object({ attributes: z.record(z.string(), z.unknown()) }),
  terms: z.object({
    OnDemand: z.record(
      z.string(),
      z.object({
        priceDimensions: z.record(
          z.string(),
          z.object({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) }),
        ),
      }),
    ),
  }),
});
type Product = z.infer<typeof product>;

/** What tells one machine's price on demand, Linux, from some hundred others of the same instance type. */
const wantedOf = ({ instanceType, region }: AwsAsk): Readonly<Record<string, string>> => ({
  instanceType,
  regionCode: region,
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  tenancy: 'Shared',
  capacitystatus: 'Used',
});

export async function askAws(ask: AwsAsk, signal: AbortSignal): Promise<LivePrice | null> {
  const wanted = Object.entries(wantedOf(ask));
  const matching = (await products(ask, signal)).filter(({ product: { attributes } }) =>
    wanted.every(([field, value]) => attributes[field] === value),
  );
  const dimensions = matching.flatMap(({ terms }) =>
    Object.values(terms.OnDemand).flatMap(({ priceDimensions }) =>
      Object.values(priceDimensions).filter(({ unit }) => unit === 'Hrs'),
    ),
  );
  if (dimensions.length === 0) return null;
  const prices = dimensions.map(({ pricePerUnit: { USD } }) =>
    plausibleUsd(
      USD === undefined ? undefined : Number(USD),
      USD === undefined ? undefined : 'USD',
      ask.reference,
      AWS_API,
    ),
  );
  return {
    // One is expected; of several the dearest, so that nobody is surprised.
    usd_hour: Math.max(...prices),
    origin: `AWS price list, ${ask.region}`,
    note: null,
    log_sigma: 0,
  };
}

async function products(ask: AwsAsk, signal: AbortSignal): Promise<readonly Product[]> {
  const sdk = await loadSdk();
  const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const client = new sdk.PricingClient({
    region: API_REGION,
    endpoint: ask.base,
    maxAttempts: 1,
    logger: silent,
    requestHandler: new NodeHttpHandler({
      httpAgent: { keepAlive: false },
      httpsAgent: { keepAlive: false },
      logger: silent,
    }),
    ...(ask.credentials !== null && { credentials: { ...ask.credentials } }),
  });
  client.middlewareStack.add(limitAnswers, { step: 'deserialize', name: 'limitAnswers', priority: 'low' });
  const found: Product[] = [];
  try {
    let token: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const answer = await client.send(
        new sdk.GetProductsCommand({
          ServiceCode: 'AmazonEC2',
          FormatVersion: 'aws_v1',
          MaxResults: 100,
          NextToken: token,
          Filters: Object.entries(wantedOf(ask)).map(([Field, Value]) => ({
            Type: 'TERM_MATCH' as const,
            Field,
            Value,
          })),
        }),
        { abortSignal: signal },
      );
      if (answer.PriceList === undefined) throw notJson(AWS_API);
      for (const text of answer.PriceList) found.push(parseProduct(String(text)));
      token = answer.NextToken;
      if (token === undefined) break;
    }
    return found;
  } catch (thrown) {
    throw awsTrouble(thrown);
  } finally {
    client.destroy();
  }
}

function parseProduct(text: string): Product {
  try {
    return product.parse(JSON.parse(text));
  } catch {
    throw notJson(AWS_API);
  }
}

/** What the SDK threw, in our words: its own may quote the request. */
function awsTrouble(thrown: unknown): PriceTrouble {
  if (thrown instanceof PriceTrouble) return thrown;
  const { name, code, $metadata, $response } = (thrown ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly statusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
  if (
    /^(?:AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken)/.test(
      String(name),
    )
  )
    return statusTrouble(AWS_API, 403);
  if (status >= 300) return statusTrouble(AWS_API, status);
  if (typeof code === 'string' || /^(?:Credentials|TokenProvider|Timeout|Abort)/.test(String(name)))
    return new PriceTrouble(null);
  return notJson(AWS_API);
}

interface Handled {
  readonly response: unknown;
  readonly output?: object;
}

/** Ends answers that go on and on. */
const limitAnswers =
  <Args, Result extends Handled>(next: (args: Args) => Promise<Result>) =>
  async (args: Args): Promise<Result> => {
    const result = await next(args);
    const response = result.response as { body?: unknown };
    if (response.body instanceof Readable) response.body = Readable.from(limited(response.body));
    return result;
  };

async function* limited(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw tooLong(AWS_API);
    yield chunk;
  }
}
