import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { TEST_CREDENTIAL } from './behaviour.ts';
import { sdkClient } from './sdk-client.ts';
import { resultItems } from './seed-results.ts';
import { type S3Process, spawnS3Process } from './spawn-s3.ts';

const Bucket = 'results';
let s3: S3Process | undefined;
afterEach(() => s3?.close());

describe('the S3 process', () => {
  it('serves, seeds, tampers, misbehaves and ends as its parent says', async () => {
    s3 = await spawnS3Process({ versioning: true, seed: 3, faults: { rates: { 'slow-down': 1 } } });
    const direct = sdkClient(s3.url);
    const faulty = sdkClient(s3.proxyUrl);
    const put = (client: S3Client, Body: string) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'a', Body }));
    await expect(put(faulty, 'one')).rejects.toThrow('reduce your request rate');
    await s3.faults(null);
    await put(faulty, 'one');
    await s3.inject('reset-after');
    await expect(put(faulty, 'two')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await s3.puts()).map(({ key, size }) => [key, size])).toEqual([
      ['a', 3],
      ['a', 3],
    ]);
    expect(await s3.counts()).toMatchObject({ 'slow-down': 1, 'reset-after': 1, clean: 1 });

    const lastModified = new Date('2026-01-02T03:04:05Z');
    await s3.put(Bucket, 'a', Buffer.from('tampered'), { lastModified });
    const answer = await direct.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(await answer.Body?.transformToString()).toBe('tampered');
    expect(answer.LastModified).toEqual(lastModified);
    expect(await s3.puts()).toHaveLength(2);
    expect((await s3.get(Bucket, 'a'))?.toString()).toBe('tampered');
    await s3.remove(Bucket, 'a');
    expect(await s3.get(Bucket, 'a')).toBeUndefined();

    await s3.configure({ credentials: [{ ...TEST_CREDENTIAL, permissions: ['list'] }] });
    await expect(direct.send(new GetObjectCommand({ Bucket, Key: 'a' }))).rejects.toThrow('Access Denied');
    expect((await s3.requests()).get).toBe(2);
  });

  it('seeds from keys and a text, and from a module', async () => {
    s3 = await spawnS3Process({ buckets: [Bucket, 'more'] });
    const keys = Array.from({ length: 100_000 }, (_, i) => `results/${String(i).padStart(6, '0')}/ü`);
    const started = performance.now();
    expect(await s3.seed({ bucket: Bucket, keys, body: '{"key":"{key}"}' })).toBe(100_000);
    expect(performance.now() - started).toBeLessThan(3000);
    const client = sdkClient(s3.url);
    const [Key = ''] = keys;
    const { ContentLength, ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    const body = await (
      await client.send(new GetObjectCommand({ Bucket, Key }))
    ).Body?.transformToByteArray();
    expect(Buffer.from(body ?? []).toString()).toBe(`{"key":"${Key}"}`);
    expect([ContentLength, ETag]).toEqual([body?.length, expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
    const module = new URL('./seed-results.ts', import.meta.url).href;
    const args = { count: 3, bytes: 1000 };
    expect(await s3.seed({ bucket: 'more', module, name: 'resultItems', args })).toBe(3);
    for (const { key, body } of resultItems(args)) {
      const stored = await s3.get('more', key);
      expect(stored).toHaveLength(1000);
      expect(stored).toEqual(typeof body === 'function' ? body() : body);
    }
    await expect(s3.seed({ bucket: 'more', module, name: 'nothing' })).rejects.toThrow('exports no nothing');
    await expect(s3.seed({ bucket: 'missing', keys: [], body: '' })).rejects.toThrow('bucket');
  });

  it('is gone after close', async () => {
    s3 = await spawnS3Process();
    const { pid } = s3;
    await s3.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
