import { describe, expect, it } from 'vitest';
import { type S3TargetSetting, s3TargetSetting } from '#shared/contract/settings.ts';
import { s3FromEnvironment, s3FromSetting } from './s3-config.ts';

const setting = (more: Partial<S3TargetSetting> = {}): S3TargetSetting => ({
  ...s3TargetSetting.parse({ id: 'one', name: 'One', bucket: 'results' }),
  ...more,
});
const none = { get: async () => null };

describe('the bucket of the environment', () => {
  it('is the compose file of RUNE', async () => {
    const config = s3FromEnvironment({
      RUNE_S3_ENABLED: 'true',
      RUNE_S3_BUCKET: 'rune-results',
      RUNE_S3_PREFIX: 'results/',
      RUNE_S3_ENDPOINT: 'http://seaweedfs:8333',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'rune',
      AWS_SECRET_ACCESS_KEY: 'runesecret',
    });
    expect(config).toMatchObject({
      name: 'env',
      bucket: 'rune-results',
      prefix: 'results/',
      endpoint: 'http://seaweedfs:8333',
      region: 'eu-central-1',
      pathStyle: true,
      checksums: 'when_required',
    });
    expect(await config?.credentials?.()).toEqual({ accessKeyId: 'rune', secretAccessKey: 'runesecret' });
  });

  it.each([
    ['no bucket', {}],
    ['an empty bucket', { RUNE_S3_BUCKET: ' ' }],
    ['it switched off', { RUNE_S3_BUCKET: 'abc', RUNE_S3_ENABLED: 'false' }],
    ['it switched off by 0', { S3_BUCKET: 'abc', RUNE_S3_ENABLED: '0' }],
  ])('is none with %s', (_, env) => expect(s3FromEnvironment(env)).toBeNull());

  it.each(['1', 'true', 'YES', 'on', ''])('is there with RUNE_S3_ENABLED=%j', (RUNE_S3_ENABLED) => {
    expect(s3FromEnvironment({ RUNE_S3_ENABLED, RUNE_S3_BUCKET: 'abc' })).toMatchObject({
      bucket: 'abc',
      endpoint: null,
      region: 'us-east-1',
      pathStyle: false,
      credentials: null,
    });
  });

  it('takes RUNE_S3_* before S3_* before AWS_*', async () => {
    const env: Record<string, string> = {
      AWS_ENDPOINT_URL: 'http://e4',
      AWS_ENDPOINT_URL_S3: 'http://e3',
      S3_ENDPOINT: 'http://e2',
      RUNE_S3_ENDPOINT: 'http://e1',
      AWS_DEFAULT_REGION: 'r4',
      AWS_REGION: 'r3',
      S3_REGION: 'r2',
      RUNE_S3_REGION: 'r1',
      S3_BUCKET: 'bucket2',
      RUNE_S3_BUCKET: 'bucket1',
      AWS_ACCESS_KEY_ID: 'k3',
      AWS_SECRET_ACCESS_KEY: 's3',
      AWS_SESSION_TOKEN: 't3',
      S3_ACCESS_KEY_ID: 'k2',
      S3_SECRET_ACCESS_KEY: 's2',
    };
    const seen: unknown[] = [];
    for (const drop of [
      [],
      ['RUNE_S3_ENDPOINT', 'RUNE_S3_REGION', 'RUNE_S3_BUCKET'],
      ['S3_ENDPOINT', 'S3_REGION', 'S3_ACCESS_KEY_ID'],
      ['AWS_ENDPOINT_URL_S3', 'AWS_REGION'],
    ]) {
      for (const name of drop) delete env[name];
      const config = s3FromEnvironment(env);
      seen.push([config?.bucket, config?.endpoint, config?.region, await config?.credentials?.()]);
    }
    const k2 = { accessKeyId: 'k2', secretAccessKey: 's2' };
    const k3 = { accessKeyId: 'k3', secretAccessKey: 's3', sessionToken: 't3' };
    expect(seen).toEqual([
      ['bucket1', 'http://e1', 'r1', k2],
      ['bucket2', 'http://e2', 'r2', k2],
      ['bucket2', 'http://e3', 'r3', k3],
      ['bucket2', 'http://e4', 'r4', k3],
    ]);
  });

  it('says which secret is missing, and mixes no families', async () => {
    const config = s3FromEnvironment({
      S3_BUCKET: 'abc',
      S3_ACCESS_KEY_ID: 'k',
      AWS_SECRET_ACCESS_KEY: 'planted',
    });
    await expect(config?.credentials?.()).rejects.toMatchObject({
      code: 'archive.bad_credentials',
      message: 'S3_ACCESS_KEY_ID is set and S3_SECRET_ACCESS_KEY is not. Set both.',
    });
  });

  it.each([
    ['results', 'results/'],
    ['/a//b/', 'a/b/'],
    ['', 'results/'],
    ['/', 'results/'],
  ])('normalises the prefix %j to %s', (RUNE_S3_PREFIX, prefix) =>
    expect(s3FromEnvironment({ S3_BUCKET: 'abc', RUNE_S3_PREFIX })?.prefix).toBe(prefix),
  );

  it.each([
    ['a climbing prefix', { RUNE_S3_PREFIX: 'a/../..' }, 'settings.invalid'],
    ['no bucket name', { S3_BUCKET: 'not a bucket' }, 'settings.invalid'],
    ['no address', { S3_ENDPOINT: 'seaweedfs' }, 'settings.invalid'],
    ['another scheme', { S3_ENDPOINT: 'ftp://host' }, 'settings.invalid'],
    ['a query', { S3_ENDPOINT: 'http://host/?token=planted' }, 'settings.invalid'],
    ['a user name', { S3_ENDPOINT: 'http://planted:planted@host' }, 'request.secret_in_url'],
  ])('refuses %s without repeating a secret', (_, env, code) => {
    const refused = (() => {
      try {
        return s3FromEnvironment({ S3_BUCKET: 'abc', ...env });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(refused).toMatchObject({ code });
    expect(String(refused)).not.toContain('planted');
  });
});

describe('a bucket of the settings', () => {
  const env = {
    AWS_REGION: 'r',
    S3_ACCESS_KEY_ID: 'k',
    S3_SECRET_ACCESS_KEY: 's',
    S3_ENDPOINT: 'http://other',
  };

  it('goes before the environment, which fills in credentials and region only', async () => {
    const config = s3FromSetting(setting(), { env, secrets: none });
    expect(config).toMatchObject({
      name: 'one',
      title: 'One',
      endpoint: null,
      region: 'r',
      pathStyle: false,
    });
    expect(await config.credentials?.()).toEqual({ accessKeyId: 'k', secretAccessKey: 's' });
    expect(s3FromSetting(setting(), { env: {}, secrets: none }).credentials).toBeNull();
    expect(
      s3FromSetting(setting({ endpoint: 'http://h:1/', region: 'x' }), { env, secrets: none }),
    ).toMatchObject({
      endpoint: 'http://h:1',
      region: 'x',
      pathStyle: true,
    });
    expect(
      s3FromSetting(setting({ endpoint: 'http://h', path_style: false }), { env, secrets: none }).pathStyle,
    ).toBe(false);
  });

  it('takes its secrets anew each time, and names the one that is missing', async () => {
    const kept = new Map([['key', 'one']]);
    const config = s3FromSetting(
      setting({ access_key_id: 'mine', secret_access_key_secret: 'key', session_token_secret: 'token' }),
      { env, secrets: { get: async (name) => kept.get(name) ?? null } },
    );
    await expect(config.credentials?.()).rejects.toMatchObject({
      code: 'secret.not_found',
      retryable: true,
      message: expect.stringContaining('"token"'),
    });
    kept.set('token', 't').set('key', 'two');
    expect(await config.credentials?.()).toEqual({
      accessKeyId: 'mine',
      secretAccessKey: 'two',
      sessionToken: 't',
    });
  });

  it("does not borrow the environment's secret for its own key id", async () => {
    const config = s3FromSetting(setting({ access_key_id: 'mine' }), { env, secrets: none });
    await expect(config.credentials?.()).rejects.toMatchObject({ code: 'archive.bad_credentials' });
  });

  it('refuses user names in an endpoint', () => {
    expect(() => s3FromSetting(setting({ endpoint: 'http://u:planted@h' }), { env, secrets: none })).toThrow(
      expect.objectContaining({
        code: 'request.secret_in_url',
        message: expect.not.stringContaining('planted'),
      }),
    );
  });
});
