import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, Secrets } from '#core/ports/ports.ts';
import { VAST_URL, vastKey } from '#core/vastai/client/connection.ts';
import { cleanUrl } from '#shared/lib/clean-url.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import type { BookMachine, Gpu, MachineProvider } from './book.ts';
import type { LiveAsk } from './live.ts';
import { AWS_API, AWS_PRICING_URL, type AwsCredentials, askAws } from './live-aws.ts';
import { AZURE_API, AZURE_PRICES_URL, askAzure } from './live-azure.ts';
import { askGcp, GCP_API, GCP_BILLING_URL } from './live-gcp.ts';
import { askVast, VAST_API } from './live-vastai.ts';

/** A machine, or a GPU of Vast.ai's, in one place. */
export interface HourTarget {
  readonly key: string;
  readonly provider: MachineProvider;
  readonly name: string;
  readonly region: string | null;
  readonly gpu: Gpu | null;
  readonly book: BookMachine | null;
}

export interface ApiDeps {
  readonly env: Env;
  readonly secrets: Secrets;
}

const DEFAULT_REGION = { aws: 'us-east-1', azure: 'eastus', gcp: 'us-central1' } as const;
/** One setting serves three clouds: it is for the one whose regions look like it. */
const REGION_OF = {
  aws: /^[a-z]{2}(?:-[a-z]+)+-\d+$/,
  azure: /^[a-z]+\d*$/,
  gcp: /^[a-z]+-[a-z]+\d+$/,
} as const;

/** Where a provider's machines are priced; null: Vast.ai has one market. */
export function regionOf(provider: MachineProvider, setting: string | null, env: Env): string | null {
  if (provider === 'vastai') return null;
  if (setting !== null && REGION_OF[provider].test(setting)) return setting;
  const own = provider === 'aws' ? env.AWS_REGION?.trim() || env.AWS_DEFAULT_REGION?.trim() : undefined;
  return own || DEFAULT_REGION[provider];
}

/** How a price is asked for now; null where no API has it or no credentials are configured. */
export async function liveAsk(
  target: HourTarget,
  { env, secrets }: ApiDeps,
  now: EpochSeconds,
): Promise<LiveAsk | null> {
  const { key, provider, name, gpu, book } = target;
  const region = target.region ?? '';
  const reference: Usd | null = book?.usd_hour ?? null;
  const base = (variable: string, usual: string): string => cleanUrl(env[variable] ?? '') ?? usual;
  switch (provider) {
    case 'azure': {
      const url = base('AZURE_RETAIL_PRICES_URL', AZURE_PRICES_URL);
      const ask = { base: url, region, sku: name, reference, now };
      return { key, api: AZURE_API, ask: (signal) => askAzure(ask, signal) };
    }
    case 'aws': {
      const credentials = await awsCredentials(env, secrets);
      if (credentials === null) return null;
      const ask = {
        base: base('AWS_ENDPOINT_URL_PRICING', AWS_PRICING_URL),
        credentials: credentials === 'chain' ? null : credentials,
        region,
        instanceType: name,
        reference,
      };
      return { key, api: AWS_API, ask: (signal) => askAws(ask, signal) };
    }
    case 'gcp': {
      const apiKey = await secretOf('GOOGLE_API_KEY', env, secrets);
      if (apiKey === null || book?.components === undefined) return null;
      const ask = { base: base('GOOGLE_BILLING_URL', GCP_BILLING_URL), key: apiKey, region, machine: book };
      return { key, api: GCP_API, ask: (signal) => askGcp(ask, signal) };
    }
    case 'vastai': {
      const apiKey = await vastKey(env, secrets);
      if (apiKey === null || gpu === null || gpu.vast === null) return null;
      const ask = { base: base('VAST_API_URL', VAST_URL), key: apiKey, gpu, reference };
      return { key, api: VAST_API, ask: (signal) => askVast(ask, signal) };
    }
  }
}

/** A secret that cannot be had (a locked keychain) is one that is not configured. */
async function secretOf(name: string, env: Env, secrets: Secrets): Promise<string | null> {
  try {
    return env[name]?.trim() || (await secrets.get(name)) || null;
  } catch {
    return null;
  }
}

/** Never the chain alone: without credentials it ends at an address that only a cloud machine can reach. */
async function awsCredentials(env: Env, secrets: Secrets): Promise<AwsCredentials | 'chain' | null> {
  const accessKeyId = await secretOf('AWS_ACCESS_KEY_ID', env, secrets);
  const secretAccessKey = await secretOf('AWS_SECRET_ACCESS_KEY', env, secrets);
  const sessionToken = await secretOf('AWS_SESSION_TOKEN', env, secrets);
  if (accessKeyId !== null && secretAccessKey !== null)
    return { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) };
  const home = env.HOME ?? env.USERPROFILE;
  const shared =
    env.AWS_SHARED_CREDENTIALS_FILE ?? (home === undefined ? null : join(home, '.aws', 'credentials'));
  const elsewhere =
    env.AWS_PROFILE || env.AWS_WEB_IDENTITY_TOKEN_FILE || env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  return elsewhere || (shared !== null && existsSync(shared)) ? 'chain' : null;
}
