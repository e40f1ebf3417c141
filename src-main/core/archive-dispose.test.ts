import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { resultItems } from '#core/testing/s3/seed-results.ts';

const target = 'env';
let server: S3Server;
let keys: readonly string[];
beforeEach(async () => {
  server = await startS3Server({ latencyMs: 5 });
  server.objects.seed('results', resultItems({ count: 2000 }));
  keys = server.objects.keys('results');
});
afterEach(() => server.close());

/** What was said last. */
async function last<T>(stream: Promise<AsyncIterable<T>>): Promise<T | null> {
  let said: T | null = null;
  for await (const next of await stream) said = next;
  return said;
}

async function begin<T>(stream: Promise<AsyncIterable<T>>): Promise<void> {
  await (await stream)[Symbol.asyncIterator]().next();
}

type Archive = Client['archive'];
const CALLS: readonly (readonly [string, (archive: Archive) => Promise<unknown>])[] = [
  ['a listing into the index', (archive) => last(archive.refresh({ target }))],
  ['a listing', (archive) => last(archive.list({ target }))],
  ['a search', (archive) => last(archive.find({ target, job_id: 'none', max_requests: 5000 }))],
  ['a verification', (archive) => last(archive.verify.many({ target, prefix: 'results/' }))],
  ['an import', (archive) => last(archive.import.run({ target, keys: [...keys] }))],
  ['an export', (archive) => archive.export({ target, keys: [...keys] })],
  [
    'a verification that nobody follows',
    (archive) => begin(archive.verify.many({ target, keys: [...keys] })),
  ],
  ['an import that nobody follows', (archive) => begin(archive.import.run({ target, keys: [...keys] }))],
];

describe('an engine that is closed', () => {
  it.each(CALLS)('in the middle of %s ends it soon, and leaves no file open', async (_, call) => {
    const { ports, dataDir, logged, remove } = testPorts({
      env: {
        RUNE_S3_BUCKET: 'results',
        RUNE_S3_ENDPOINT: server.url,
        RUNE_S3_ACCESS_KEY_ID: TEST_CREDENTIAL.accessKeyId,
        RUNE_S3_SECRET_ACCESS_KEY: TEST_CREDENTIAL.secretAccessKey,
      },
    });
    const engine = await createEngine(ports, { mode: 'own' });
    const ending = call(engine.client.archive).then(
      () => 'ended',
      (thrown: unknown) => String(thrown),
    );
    await expect
      .poll(() => server.requests.list + server.requests.get + server.requests.head)
      .toBeGreaterThan(1);
    const began = performance.now();
    await engine.dispose();
    expect(await ending).not.toMatch(/database|internal|TypeError/i);
    expect(performance.now() - began).toBeLessThan(2000);
    // Those that were on their way arrive still.
    const asked = Object.values(server.requests).reduce((sum, n) => sum + n, 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(Object.values(server.requests).reduce((sum, n) => sum + n, 0) - asked).toBeLessThan(20);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
      expect(open.filter((path) => path.startsWith(dataDir))).toEqual([]);
    }
    remove();
  });
});
