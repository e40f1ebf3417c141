import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '#core/store/database.ts';
import { realClock, type TestPorts, testPorts } from '#core/testing/ports.ts';
import { type S3Credential, TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { resultItems } from '#core/testing/s3/seed-results.ts';
import type { FindProgress, ListingProgress } from '#shared/model/archive.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { createFolderTarget } from '../targets/folder-target.ts';
import { createS3Target } from '../targets/s3-target.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { openArchiveFile } from './archive-file.ts';
import { type Browser, createBrowser } from './browser.ts';

const never = new AbortController().signal;
const COUNT = 12_000;
let ports: TestPorts;
let db: Db;
let browser: Browser;
let server: S3Server;
beforeEach(async () => {
  ports = testPorts();
  const clock = realClock();
  db = openArchiveFile(ports.dataDir, toEpochSeconds(clock.nowUs()), ports.ports.logger);
  browser = createBrowser({ db, clock, logger: ports.ports.logger });
  server = await startS3Server();
});
afterEach(async () => {
  await browser.dispose();
  db.close();
  await server.close();
  ports.remove();
});

const s3 = (credential: S3Credential = TEST_CREDENTIAL): ArchiveTarget =>
  createS3Target(
    {
      name: 's3',
      title: 'S3',
      bucket: 'results',
      prefix: 'results/',
      endpoint: server.url,
      region: 'us-east-1',
      pathStyle: true,
      checksums: 'when_required',
      credentials: async () => credential,
    },
    { facts: browser.facts, delivers: () => true },
  );

async function last<T>(steps: AsyncIterable<T>): Promise<T | undefined> {
  let step: T | undefined;
  for await (step of steps);
  return step;
}
const refresh = (target: ArchiveTarget): Promise<ListingProgress | undefined> =>
  last(browser.refresh(target, never));
const keysOf = ({ place }: ArchiveTarget): readonly string[] =>
  browser
    .objects(place, { target: 's3', sort: [{ by: 'key', desc: false }], limit: COUNT * 2, offset: 0 })
    .objects.map(({ key }) => key);
const inBytes = (keys: readonly string[]) =>
  keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe('browsing a bucket', () => {
  it('holds what the server holds, with the requests that the server counted', async () => {
    server.objects.seed('results', resultItems({ count: COUNT, days: 90 }));
    for (const key of ['results/notes.txt', 'results/ä b+c/%41/x', 'elsewhere/x'])
      server.objects.put('results', key, Buffer.from('other'));
    const target = s3();
    const end = await refresh(target);
    expect(end).toMatchObject({ failure: null, complete: true, loaded: COUNT + 2 });
    expect(end?.requests).toBe(server.requests.list);
    const there = server.objects.keys('results').filter((key) => key.startsWith('results/'));
    expect(keysOf(target)).toEqual(inBytes(there));
    expect(browser.facets(target.place, { target: 's3' })).toMatchObject({ other: 2 });
    target.close();
  });

  it('finds by id what may be read and not listed', async () => {
    const credential = {
      accessKeyId: 'READER',
      secretAccessKey: 'reads-only',
      permissions: ['get'] as const,
    };
    server.configure({ credentials: [credential] });
    const target = s3(credential);
    expect((await refresh(target))?.failure).toMatchObject({ code: 'archive.access_denied' });
    const date = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const key = `results/default/benchmark/${date}/j1.json`;
    server.objects.put('results', key, Buffer.from('{}'));
    const found: FindProgress | undefined = await last(browser.find(target, 'j1', 400, never));
    expect(found).toMatchObject({ done: true, found: { key, size_bytes: 2 }, from_index: false });
    target.close();
  });

  it.each(['repeats-token', 'loops'] as const)('ends with a failure when its listing %s', async (listing) => {
    for (let i = 0; i < 3000; i++)
      server.objects.put('results', `results/acme/x/2026-01-01/${i}`, Buffer.of());
    server.configure({ listing });
    const target = s3();
    expect(await refresh(target)).toMatchObject({
      complete: false,
      failure: { code: 'archive.bad_listing' },
    });
    expect(server.requests.list).toBeLessThan(200);
    target.close();
  });
});

describe('browsing the folder', () => {
  it('holds its files', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => {
      const day = String(1 + (i % 28)).padStart(2, '0');
      return `results/${i % 2 ? 'acme' : 'acme-eu'}/x/2026-01-${day}/j${i}.json`;
    });
    for (const key of keys) {
      const path = join(ports.dataDir, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '{}');
    }
    const target = createFolderTarget(ports.dataDir);
    expect(await refresh(target)).toMatchObject({ failure: null, complete: true, loaded: keys.length });
    expect(keysOf(target)).toEqual(inBytes(keys));
  });
});
