import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Permission, TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { testS3Target } from '#core/testing/s3/test-target.ts';
import { CodedError } from '#shared/model/failure.ts';

let server: S3Server;
beforeEach(async () => {
  server = await startS3Server();
});
afterEach(() => server.close());

type Change = Parameters<typeof testS3Target>[1];
async function run(change: Change = {}, endpoint = server.url) {
  const { target, facts } = testS3Target(endpoint, change);
  const report = await target.test();
  target.close();
  const failed = report.steps.find(({ ok }) => !ok);
  return { ...report, failed, facts, names: report.steps.map(({ name }) => name) };
}
const allow = (...permissions: readonly S3Permission[]) =>
  server.configure({ credentials: [{ ...TEST_CREDENTIAL, permissions }] });

describe('the Test button of a bucket', () => {
  it('goes from the name to a written, read and removed object', async () => {
    const { ok, names, facts } = await run();
    expect(ok).toBe(true);
    expect(names).toEqual([
      'Configuration',
      'Address',
      'Clock',
      'Credentials',
      'Bucket',
      'List',
      'Write',
      'Conditional writes',
      'Read',
      'Clean-up',
    ]);
    expect(server.objects.keys('results')).toEqual([]);
    expect([...facts.values()]).toEqual(['honoured']);
  });

  it('writes nothing where nothing is delivered', async () => {
    server.objects.put('results', 'results/a', Buffer.from('a'));
    const { ok, names } = await run({ delivers: false });
    expect(ok).toBe(true);
    expect(names.at(-1)).toBe('Read');
    expect(server.requests.put).toBe(0);
  });

  it.each([
    [
      'a name that is none',
      'http://no-such-host.invalid:1',
      {},
      'Address',
      /no-such-host\.invalid cannot be resolved/,
    ],
    ['a port where nobody listens', 'http://127.0.0.1:1', {}, 'Address', /refuses connections/],
    ['TLS where none is spoken', 'https', {}, 'TLS', /does not speak TLS|No TLS connection/],
    [
      'a wrong secret',
      'http',
      { credentials: async () => ({ ...TEST_CREDENTIAL, secretAccessKey: 'planted' }) },
      'Credentials',
      /not that of this key id/,
    ],
    [
      'an unknown key id',
      'http',
      { credentials: async () => ({ ...TEST_CREDENTIAL, accessKeyId: 'OTHER' }) },
      'Credentials',
      /does not know the access key id/,
    ],
    ['no bucket', 'http', { bucket: 'missing' }, 'Bucket', /There is no bucket missing/],
    [
      'a secret that is not set',
      'http',
      { credentials: () => Promise.reject(new CodedError('secret.not_found', 'It is not set.')) },
      'Configuration',
      /not set/,
    ],
  ] as const)('names what is wrong with %s, and stops there', async (_, endpoint, change, name, message) => {
    const url =
      endpoint === 'http'
        ? server.url
        : endpoint === 'https'
          ? server.url.replace('http', 'https')
          : endpoint;
    const { failed, steps } = await run(change, url);
    expect(failed).toMatchObject({ name, message: expect.stringMatching(message) });
    expect(steps.at(-1)).toBe(failed);
    expect(JSON.stringify(steps)).not.toContain('planted');
  });

  it('names a certificate that nobody signed', async (context) => {
    const dir = mkdtempSync(join(tmpdir(), 'rs-tls-'));
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const { status } = spawnSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        '/CN=localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    );
    context.skip(status !== 0, 'openssl is not installed, and Node makes no certificates');
    const tls = createHttps({ key: readFileSync(key), cert: readFileSync(cert) });
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    expect((await run({}, url)).failed).toMatchObject({
      name: 'TLS',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    const { target } = testS3Target(url);
    await expect(target.head('results/x')).rejects.toMatchObject({
      code: 'archive.tls_failed',
      retryable: true,
    });
    target.close();
    tls.close();
    rmSync(dir, { recursive: true });
  });

  it('names the right region', async () => {
    server.configure({ region: 'eu-west-1' });
    expect((await run()).failed).toMatchObject({
      name: 'Credentials',
      message: expect.stringContaining('Set the region to eu-west-1.'),
    });
    expect((await run({ region: 'eu-west-1' })).ok).toBe(true);
  });

  it('measures the clock, and goes on', async () => {
    server.configure({ clockOffsetMs: -40 * 60_000 });
    const { failed, names } = await run();
    expect(failed).toMatchObject({
      name: 'Clock',
      message: expect.stringContaining("40 minutes ahead of the server's"),
    });
    expect(names.at(-1)).toBe('Clean-up');
  });

  it('names expired credentials', async () => {
    server.configure({ credentials: [{ ...TEST_CREDENTIAL, expiresAt: 1 }] });
    expect((await run()).failed).toMatchObject({
      name: 'Credentials',
      message: expect.stringContaining('expired'),
    });
  });

  it.each([
    [['get', 'put', 'delete'], 'List', 's3:ListBucket'],
    [['list', 'get', 'delete'], 'Write', 's3:PutObject'],
    [['list', 'put', 'delete'], 'Read', 's3:GetObject'],
  ] as const)('names the permission that %j lack', async (permissions, name, permission) => {
    allow(...permissions);
    const { steps } = await run();
    expect(steps.filter(({ ok }) => !ok)).toMatchObject([
      { name, message: expect.stringContaining(permission) },
    ]);
  });

  it('says that its object stays where nobody may delete, and that this is well', async () => {
    allow('list', 'get', 'put');
    const { ok, steps } = await run();
    const [left] = server.objects.keys('results');
    expect(ok).toBe(true);
    expect(steps.at(-1)?.message).toContain(`Remove the test object yourself: ${left}`);
  });

  it('names the checksum mode, and what to set', async () => {
    server.configure({ checksums: 'old' });
    expect((await run({ checksums: 'when_supported' })).failed).toMatchObject({
      name: 'Write',
      message: expect.stringContaining('Set checksums to when_required'),
    });
    expect((await run()).ok).toBe(true);
  });

  it.each(['ignored', 'refused'] as const)(
    'learns that conditional writes are %s',
    async (conditionalWrites) => {
      server.configure({ conditionalWrites });
      const { ok, facts } = await run();
      expect(ok).toBe(true);
      expect([...facts.values()]).toEqual([conditionalWrites]);
    },
  );

  it('does not hang where nobody answers', async () => {
    const silent = createTcp(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { failed } = await run({ idleMs: 100 }, `http://127.0.0.1:${port}`);
    expect(failed).toMatchObject({
      name: 'Credentials',
      message: expect.stringContaining('does not answer in time'),
    });
    silent.close();
  }, 15_000);
});
