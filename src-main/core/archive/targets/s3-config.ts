import type { Env, Secrets } from '#core/ports/ports.ts';
import { type S3TargetSetting, s3TargetSetting } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A bucket and how to reach it, complete. */
export interface S3Config {
  readonly name: string;
  readonly title: string;
  readonly bucket: string;
  /** Ends with '/'. */
  readonly prefix: string;
  /** Without userinfo and without a slash at its end; null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly pathStyle: boolean;
  readonly checksums: 'when_required' | 'when_supported';
  /** Asked again after a few seconds, so that a changed secret counts. Null: the SDK's own chain. */
  readonly credentials: (() => Promise<S3Credentials>) | null;
}

const DEFAULT_REGION = 'us-east-1';
const DEFAULT_PREFIX = 'results/';

/** The first of these variables that is set and not empty. */
function first(env: Env, names: readonly string[]): string | null {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

/** The first family that names a key id; its secret and token are of the same family, as no other secret fits. */
function credentialsFrom(env: Env): S3Config['credentials'] {
  for (const family of ['RUNE_S3', 'S3', 'AWS']) {
    const accessKeyId = first(env, [`${family}_ACCESS_KEY_ID`]);
    if (accessKeyId === null) continue;
    const secretAccessKey = first(env, [`${family}_SECRET_ACCESS_KEY`]);
    const sessionToken = first(env, [`${family}_SESSION_TOKEN`]);
    return async () => {
      if (secretAccessKey === null)
        throw new CodedError(
          'archive.bad_credentials',
          `${family}_ACCESS_KEY_ID is set and ${family}_SECRET_ACCESS_KEY is not. Set both.`,
          { retryable: true },
        );
      return { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) };
    };
  }
  return null;
}

const regionFrom = (env: Env): string =>
  first(env, ['RUNE_S3_REGION', 'S3_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION']) ?? DEFAULT_REGION;

/** The bucket that the environment names; null where it names none or switches it off. */
export function s3FromEnvironment(env: Env): S3Config | null {
  const enabled = first(env, ['RUNE_S3_ENABLED']);
  if (enabled !== null && !/^(1|true|yes|on)$/i.test(enabled)) return null;
  const bucket = first(env, ['RUNE_S3_BUCKET', 'S3_BUCKET']);
  if (bucket === null) return null;
  if (!s3TargetSetting.shape.bucket.safeParse(bucket).success)
    throw invalid(`RUNE_S3_BUCKET or S3_BUCKET holds "${bucket.slice(0, 80)}", which is no bucket's name.`);
  const endpoint = cleanEndpoint(
    first(env, ['RUNE_S3_ENDPOINT', 'S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']),
  );
  const checksums = first(env, ['AWS_REQUEST_CHECKSUM_CALCULATION'])?.toLowerCase();
  return {
    name: 'env',
    title: `${bucket} (environment)`,
    bucket,
    prefix: prefixFrom(first(env, ['RUNE_S3_PREFIX', 'S3_PREFIX'])),
    endpoint,
    region: regionFrom(env),
    pathStyle: endpoint !== null,
    checksums: checksums === 'when_supported' ? 'when_supported' : 'when_required',
    credentials: credentialsFrom(env),
  };
}

/** A bucket of the settings; what it leaves open comes from the environment, then from the SDK's own chain. */
export function s3FromSetting(
  setting: S3TargetSetting,
  { env, secrets }: { readonly env: Env; readonly secrets: Pick<Secrets, 'get'> },
): S3Config {
  const endpoint = cleanEndpoint(setting.endpoint);
  return {
    name: setting.id,
    title: setting.name,
    bucket: setting.bucket,
    prefix: setting.prefix,
    endpoint,
    region: setting.region?.trim() || regionFrom(env),
    pathStyle: setting.path_style ?? endpoint !== null,
    checksums: setting.checksums,
    credentials: setting.access_key_id ? credentialsOf(setting, secrets) : credentialsFrom(env),
  };
}

function credentialsOf(
  setting: S3TargetSetting,
  secrets: Pick<Secrets, 'get'>,
): () => Promise<S3Credentials> {
  const { access_key_id, secret_access_key_secret, session_token_secret } = setting;
  const secret = async (name: string): Promise<string> => {
    const value = await secrets.get(name);
    if (value === null || value === '')
      throw new CodedError(
        'secret.not_found',
        `${setting.name} needs the secret "${name}", which is not set. Store it in Settings.`,
        { retryable: true },
      );
    return value;
  };
  return async () => {
    if (secret_access_key_secret === null)
      throw new CodedError(
        'archive.bad_credentials',
        `${setting.name} has a key id and names no secret access key. Choose one in Settings.`,
        { retryable: true },
      );
    return {
      accessKeyId: access_key_id ?? '',
      secretAccessKey: await secret(secret_access_key_secret),
      ...(session_token_secret !== null && { sessionToken: await secret(session_token_secret) }),
    };
  };
}

const invalid = (message: string): CodedError => new CodedError('settings.invalid', message);

function cleanEndpoint(given: string | null): string | null {
  if (given === null) return null;
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw invalid('The S3 endpoint is no http or https address. Write it like http://host:8333.');
  if (url.username !== '' || url.password !== '')
    throw new CodedError(
      'request.secret_in_url',
      'The S3 endpoint holds a user name or password. Give the key id and the secret by themselves.',
    );
  if (url.search !== '' || url.hash !== '')
    throw invalid('The S3 endpoint holds more than an address. Write it like http://host:8333.');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Any spelling of a prefix, as keys begin with it. */
function prefixFrom(given: string | null): string {
  const parts = (given ?? DEFAULT_PREFIX).split('/').filter((part) => part !== '');
  const prefix = parts.length === 0 ? DEFAULT_PREFIX : `${parts.join('/')}/`;
  if (!s3TargetSetting.shape.prefix.safeParse(prefix).success)
    throw invalid('RUNE_S3_PREFIX is no prefix for keys: it climbs or is too long.');
  return prefix;
}
