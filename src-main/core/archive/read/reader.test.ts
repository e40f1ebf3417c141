import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createArchivedSources } from '#core/sources/archived-sources.ts';
import type { JobSource } from '#core/sources/job-source.ts';
import { type Db, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { type MemoryTarget, memoryTarget } from '#core/testing/memory-target.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { madeObject, madeRecord } from '#core/testing/result-records.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import type { ImportProgress, ListedObject } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { archivedSource, IMPORTED } from '#shared/model/source.ts';
import { createFolderTarget } from '../targets/folder-target.ts';
import { createS3Target } from '../targets/s3-target.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { createReader, type Reader } from './reader.ts';

const { key, body } = madeObject();
let set: TestPorts;
let db: Db;
let memory: MemoryTarget;
let targets: Map<string, ArchiveTarget>;
let reader: Reader<JobSource>;
let listed: (target: string, key: string) => ListedObject | null;
let local: JsonObject | null;
const cleanUp: (() => void | Promise<void>)[] = [];
beforeEach(() => {
  set = testPorts();
  db = openDatabase(':memory:', 'write');
  migrateRunescope(db, 'archive', 0);
  memory = memoryTarget();
  targets = new Map<string, ArchiveTarget>([
    ['memory', memory],
    ['folder', createFolderTarget(set.dataDir)],
  ]);
  listed = () => null;
  local = null;
  const { clock, logger } = set.ports;
  reader = createReader({
    targets: {
      get: (name) => {
        const target = targets.get(name);
        if (target === undefined) throw new CodedError('archive.target_unknown', `No target ${name}.`);
        return target;
      },
    },
    db,
    clock,
    logger,
    appVersion: '1.0',
    sources: createArchivedSources({ dataDir: set.dataDir, clock }),
    listed: (...of) => listed(...of),
    localRecord: () => {
      if (local === null) throw new CodedError('job.not_found', 'There is no such job.');
      return local;
    },
  });
});
afterEach(async () => {
  reader.close();
  db.close();
  set.remove();
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const journal = () =>
  reader.journal({ limit: 100, offset: 0 }).entries.map(({ action, verdict }) => [action, verdict]);

describe('the reader of an archive', () => {
  it('opens a result, verified and journalled, and makes it a source without reading it again', async () => {
    memory.add(key, body);
    const opened = await reader.open('memory', key);
    expect(opened).toMatchObject({
      source: archivedSource('memory', key),
      job_id: madeRecord().job_id,
      target: 'memory',
      key,
      uri: `s3://bucket/${key}`,
      last_modified: 1_795_362_010,
      verification: { verdict: 'unchanged' },
    });
    const requests = memory.requests();
    const source = await reader.sourceFor(opened.source);
    expect(memory.requests()).toBe(requests);
    expect(source?.job(opened.job_id).result).toEqual(madeRecord().result);
    expect(source?.info().notes).toEqual([
      `An archived result, read from s3://bucket/${key}. Its content is unchanged since it was written.`,
    ]);
    source?.close();
    expect(reader.journal({ limit: 1, offset: 0 })).toMatchObject({
      total: 1,
      entries: [{ action: 'open', key, size_bytes: body.length, verdict: 'unchanged', place: memory.place }],
    });
    expect(reader.sourceFor('own')).toBeNull();
    expect(reader.sourceFor('store-abc')).toBeNull();
  });

  it('opens a tampered one too, and says so wherever it is shown', async () => {
    memory.add(key, Buffer.from(body.toString().replace('Because.', 'Becausf.')));
    const source = await reader.sourceFor(archivedSource('memory', key));
    expect(source?.info().notes[0]).toContain('Verifying it failed: The content was changed');
    source?.close();
    expect(journal()).toEqual([['open', 'failed']]);
    await expect(reader.verifyOne('memory', key)).resolves.toMatchObject({ verdict: 'failed' });
  });

  it('shows what was read last: a verdict never speaks for other bytes', async () => {
    const id = archivedSource('memory', key);
    const jobId = madeRecord().job_id;
    memory.add(key, Buffer.from(body.toString().replace('Because.', 'Becausf.')));
    const source = await reader.sourceFor(id);
    const changed = vi.fn();
    source?.onChange(changed);
    expect(source?.job(jobId).result).toMatchObject({ answer: 'Becausf.' });
    memory.add(key, body);
    await expect(reader.open('memory', key)).resolves.toMatchObject({
      verification: { verdict: 'unchanged' },
    });
    expect(source?.job(jobId).result).toMatchObject({ answer: 'Because.' });
    expect(source?.info().notes[0]).toContain('unchanged');
    expect(changed).toHaveBeenCalledTimes(1);
    await reader.open('memory', key);
    expect(changed).toHaveBeenCalledTimes(1);
    source?.close();
    await reader.open('memory', key);
  });

  it.each([
    ['archive.too_large', 'x', { size_bytes: 1024 ** 3 }],
    ['archive.not_json', 'x', {}],
    ['archive.not_json', Buffer.from([0xff, 0xfe]), {}],
    ['archive.not_a_result', '{}', {}],
  ])('does not open what is no result (%s), and journals the try', async (code, bytes, about) => {
    memory.add(key, bytes, about);
    await expect(reader.open('memory', key)).rejects.toMatchObject({ code });
    await expect(reader.sourceFor(archivedSource('memory', key))).rejects.toMatchObject({ code });
    expect(journal()).toEqual([
      ['open', 'failed'],
      ['open', 'failed'],
    ]);
  });

  it('reports an object that was replaced since it was listed', async () => {
    const before = memory.add(key, 'x'.repeat(body.length));
    memory.add(key, body);
    listed = () => before;
    const { verification } = await reader.open('memory', key);
    expect(verification.checks.filter(({ ok }) => ok === false).map(({ code }) => code)).toEqual([
      'archive.object_changed',
    ]);
  });

  it('compares with the record of this computer', async () => {
    memory.add(key, body);
    expect(await reader.diff('memory', key)).toMatchObject({ has_local: false });
    local = { ...(madeRecord() as JsonObject), message: 'other' };
    expect(await reader.diff('memory', key)).toMatchObject({
      has_local: true,
      differences: [{ pointer: '/message', archived: 'job completed', local: 'other' }],
    });
  });

  it('gives the exact bytes, links and exports, and journals each', async () => {
    memory.add(key, body);
    const blob = await reader.download('memory', key);
    expect(Buffer.from(await blob.arrayBuffer()).equals(body)).toBe(true);
    const { url, expires_at } = await reader.presign('memory', key, 60);
    expect(url).toContain('X-Amz-Expires=60');
    expect(expires_at).toBeGreaterThan(Date.now() / 1000 + 50);
    await reader.export('memory', [key]);
    expect(journal().map(([action]) => action)).toEqual(['export', 'presign', 'download']);
    await expect(reader.presign('folder', key, 60)).rejects.toMatchObject({ code: 'archive.unsupported' });
    await expect(reader.open('nowhere', key)).rejects.toMatchObject({ code: 'archive.target_unknown' });
  });

  it('imports what is whole, knows what was imported, and says of the rest why not', async () => {
    const other = madeObject({ job_id: 'other' });
    memory.add(key, body);
    memory.add(other.key, Buffer.from(other.body.toString().replace('Because.', 'Becausf.')));
    memory.add('results/x.json', 'hello');
    const run = async (keys: readonly string[]) => {
      let last: ImportProgress | null = null;
      for await (const progress of reader.import('memory', keys)) last = progress;
      return last;
    };
    const keys = [key, other.key, 'results/x.json', 'results/gone.json', key];
    const first = await run(keys);
    expect(first).toMatchObject({ done: 4, total: 4, imported: 1, known: 0, source: IMPORTED });
    expect(first?.failed.map(({ key: of, code }) => [of, code]).sort()).toEqual(
      [
        [other.key, 'archive.hash_mismatch'],
        ['results/gone.json', 'archive.not_found'],
        ['results/x.json', 'archive.not_json'],
      ].sort(),
    );
    expect(await run([key])).toMatchObject({ imported: 0, known: 1, failed: [] });
    const many = await run(Array.from({ length: 1200 }, (_, i) => `results/gone-${i}.json`));
    expect([many?.done, many?.imported, many?.known, many?.failed.length]).toEqual([1200, 0, 0, 1000]);
    const source = await reader.sourceFor(IMPORTED);
    expect(source?.job(madeRecord().job_id).job_id).toBe(madeRecord().job_id);
    expect(reader.clearImported()).toMatchObject({ total_events: 0 });
    expect(memory.objects.has(key)).toBe(true);
  });

  it('reads on when the journal cannot be written', async () => {
    memory.add(key, body);
    db.exec('DROP TABLE rs_archive_journal');
    await expect(reader.open('memory', key)).resolves.toMatchObject({
      verification: { verdict: 'unchanged' },
    });
    expect(set.logged).toMatchObject([{ event: 'archive.journal', level: 'warn' }]);
  });

  it('reads a folder', async () => {
    const path = join(set.dataDir, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
    const { uri, verification } = await reader.open('folder', key);
    expect(uri).toBe(path);
    expect(verification.verdict).toBe('unchanged');
    const page = await targets.get('folder')?.list({ prefix: 'results/', delimiter: null });
    listed = () => page?.objects[0] ?? null;
    expect((await reader.verifyOne('folder', key)).checks.find(({ name }) => name === 'listing')?.ok).toBe(
      true,
    );
    await expect(reader.preview('folder', key)).resolves.toMatchObject({ partial: false });
  });

  describe('over S3', () => {
    let server: S3Server;
    beforeEach(async () => {
      server = await startS3Server({
        versioning: true,
        objectLock: { mode: 'COMPLIANCE', retainUntil: '2030-01-01T00:00:00Z' },
      });
      cleanUp.push(() => server.close());
      const config = {
        name: 's3',
        title: 'Bucket',
        bucket: 'results',
        prefix: 'results/',
        endpoint: server.url,
        region: 'us-east-1',
        pathStyle: true,
        checksums: 'when_supported' as const,
        credentials: async () => TEST_CREDENTIAL,
      };
      const target = createS3Target(config, {
        facts: { get: () => null, set: () => {} },
        delivers: () => true,
      });
      targets.set('s3', target);
      cleanUp.push(() => target.close());
    });

    it('holds checksum, ETag, versions and lock against what it reads', async () => {
      await targets.get('s3')?.put(key, body);
      const { verification, uri } = await reader.open('s3', key);
      expect(uri).toBe(`s3://results/${key}`);
      expect(verification.verdict).toBe('unchanged');
      const said = new Map(verification.checks.map(({ name, ok, message }) => [name, { ok, message }]));
      expect(said.get('etag')?.ok).toBe(true);
      expect(said.get('checksum')?.ok).toBe(true);
      expect(said.get('versions')).toEqual({ ok: true, message: 'There is one version of it.' });
      expect(said.get('lock')?.message).toContain('2030-01-01');
      server.objects.put('results', key, Buffer.from(body.toString().replace('Because.', 'Becausf.')));
      const again = await reader.verifyOne('s3', key);
      expect(again.verdict).toBe('failed');
      expect(again.checks.find(({ name }) => name === 'versions')?.message).toContain('stored 2 times');
    });

    it('shows the summary of 20 MB from two ranges of it', async () => {
      const large = madeObject({}, 42_000);
      expect(large.body.length).toBeGreaterThan(20_000_000);
      server.objects.put('results', large.key, large.body);
      const began = performance.now();
      const { members, partial } = await reader.preview('s3', large.key);
      const summary = performance.now() - began;
      expect(partial).toBe(true);
      expect(members).toMatchObject({ status: 'succeeded', tenant: 'acme', demo: false });
      await reader.open('s3', large.key);
      expect(summary).toBeLessThan((performance.now() - began - summary) / 2);
    });

    it('verifies a prefix without writing anything', async () => {
      for (let n = 0; n < 20; n++) {
        const object = madeObject({ job_id: `job-${n}` });
        server.objects.put('results', object.key, object.body);
      }
      let report = null;
      for await (const progress of reader.verifyMany({ target: 's3', prefix: 'results/' }))
        report = progress.report;
      expect(report).toMatchObject({ verified: 20, failed: [], complete: true });
      expect(server.puts).toEqual([]);
      expect(server.requests).toMatchObject({ put: 0, delete: 0, get: 20 });
    });
  });
});
