import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedJob } from '#core/archive/read/reader.ts';
import { readRecord } from '#core/archive/record/read-record.ts';
import type { Change } from '#core/store/change-feed.ts';
import { realClock } from '#core/testing/ports.ts';
import { madeObject } from '#core/testing/result-records.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { IMPORTED } from '#shared/model/source.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { createImported, type Imported, importedPath } from './imported-source.ts';

let dataDir: string;
let imported: Imported;
const start = (): Imported => createImported({ dataDir, clock: realClock() });
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'rs-imported-'));
  imported = start();
});
afterEach(() => {
  imported.results.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const jobOf = (bytes: Uint8Array): ArchivedJob => ({
  source: 'archive:t:k',
  uri: 's3://b/k',
  bytes_sha256: null,
  record: readRecord(bytes),
  notes: ['An archived result, read from s3://b/k.'],
});
const made = (job: Partial<JobDetail> = {}, spans?: number): ArchivedJob =>
  jobOf(madeObject(job, spans).body);

describe('imported results', () => {
  it('are a source of their own that outlives the process', async () => {
    expect(existsSync(importedPath(dataDir))).toBe(false);
    expect(imported.results.add(made({ job_id: 'a', demo: true }, 3))).toBe('imported');
    expect(imported.results.add(made({ job_id: 'b', tenant_id: 'other' }, 5))).toBe('imported');
    imported.results.close();
    imported = start();
    const source = imported.source();
    expect(source.info()).toMatchObject({
      source: IMPORTED,
      title: 'Imported results',
      path: importedPath(dataDir),
      writable: false,
      indexed_events: 10,
      provides: { live: false, cancel: false },
    });
    expect(
      source
        .facets()
        .tenant_id.map(({ value }) => value)
        .sort(),
    ).toEqual(['acme', 'other']);
    expect([source.job('a').demo, source.job('b').demo]).toEqual([true, false]);
    expect(source.job('a').notes).toEqual(['An archived result, read from s3://b/k.']);
    expect([decodeTrace(await source.trace('a')).count, decodeTrace(await source.trace('b')).count]).toEqual([
      4, 6,
    ]);
    expect(source.summary(undefined)).toMatchObject([
      { event: 'backend.chat', total: 8 },
      { event: 'job.execute', total: 2 },
    ]);
    expect(source.summary('a')).toMatchObject([{ total: 3 }, { total: 1 }]);
  });

  it('are known when they come again, and not mixed up with another result of the same id', () => {
    expect(imported.results.add(made())).toBe('imported');
    expect(imported.results.add(made())).toBe('known');
    for (const other of [{ message: 'other' }, { tenant_id: 'other' }])
      expect(() => imported.results.add(made(other))).toThrow(
        expect.objectContaining({ code: 'archive.conflict' }),
      );
    expect(imported.source().job('3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11')).toMatchObject({
      tenant_id: 'acme',
      message: 'job completed',
    });
    expect(imported.source().info().total_events).toBe(3);
  });

  it('leave nothing behind of one that could not be written', () => {
    const job = made();
    const broken = { ...job, notes: [1n as unknown as string] };
    expect(() => imported.results.add(broken)).toThrow(TypeError);
    expect(imported.source().info().total_events).toBe(0);
    expect(imported.results.add(job)).toBe('imported');
  });

  it('tell who watches, and are gone when they are cleared', () => {
    const source = imported.source();
    const changes: Change[] = [];
    source.onChange((change) => changes.push(change));
    imported.results.add(made());
    expect(changes).toMatchObject([{ jobs: [{ status: 'succeeded', tenant_id: 'acme' }] }]);
    expect(imported.results.clear()).toMatchObject({ source: IMPORTED, indexed_events: 0, total_events: 0 });
    expect(source.facets().tenant_id).toEqual([]);
    expect(source.summary(undefined)).toEqual([]);
    expect(imported.results.add(made())).toBe('imported');
    expect(source.info().total_events).toBeGreaterThan(0);
    expect(source.summary(undefined)).toHaveLength(2);
  });

  it('refuse a file that is something else, in words', () => {
    writeFileSync(
      importedPath(dataDir),
      'hello, this is no database, and longer than one page header is.'.repeat(20),
    );
    expect(() => imported.source()).toThrow(expect.objectContaining({ code: 'store.not_sqlite' }));
  });
});
