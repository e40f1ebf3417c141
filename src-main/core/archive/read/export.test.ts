import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryTarget } from '#core/testing/memory-target.ts';
import { madeObject } from '#core/testing/result-records.ts';
import { sha256Hex } from '../record/canonical.ts';
import { type ExportRequest, exportZip } from './export.ts';

const target = memoryTarget();
const base = { target, now: 1_795_400_000, appVersion: '1.0', listed: () => null, onRead: () => {} };
const zipped = async (request: Partial<ExportRequest> & Pick<ExportRequest, 'keys'>) =>
  unzipSync(new Uint8Array(await (await exportZip({ ...base, ...request })).arrayBuffer()));

describe('an export', () => {
  it('holds the exact bytes under their keys, and a manifest with the hash of each', async () => {
    const { key, body } = madeObject({}, 500);
    target.add(key, body);
    target.add('results/odd.json', Buffer.from([0xff, 0, 1]), { last_modified: 0 });
    const read: string[] = [];
    const files = await zipped({
      keys: [key, 'results/odd.json', key],
      onRead: (of, _, sha256) => read.push(`${of} ${sha256}`),
    });
    expect(Object.keys(files)).toEqual([key, 'results/odd.json', 'manifest.json']);
    expect(Buffer.from(files[key] ?? []).equals(body)).toBe(true);
    expect([...(files['results/odd.json'] ?? [])]).toEqual([0xff, 0, 1]);
    const manifest = JSON.parse(Buffer.from(files['manifest.json'] ?? []).toString());
    expect(manifest).toMatchObject({ target: 'memory', place: target.place, exported_at: 1_795_400_000 });
    expect(manifest.files[0]).toMatchObject({
      key,
      path: key,
      size_bytes: body.length,
      sha256: sha256Hex(body),
    });
    expect(read).toEqual(
      manifest.files.map((file: { key: string; sha256: string }) => `${file.key} ${file.sha256}`),
    );
  });

  it('gives no file a name that leads out of the folder it is unpacked in', async () => {
    const keys = ['../../etc/passwd', '/abs', 'a/../../b', 'c:\\x', 'manifest.json', 'a//b'];
    for (const key of keys) target.add(key, key);
    const files = await zipped({ keys });
    const names = Object.keys(files);
    expect(new Set(names).size).toBe(keys.length + 1);
    for (const name of names) {
      expect(name.split('/')).not.toContain('..');
      expect(name).not.toMatch(/^\/|\\|:|\/\//);
    }
    const manifest = JSON.parse(Buffer.from(files['manifest.json'] ?? []).toString());
    for (const { key, path } of manifest.files) expect(Buffer.from(files[path] ?? []).toString()).toBe(key);
  });

  it('refuses what is too much: before reading where sizes are known, else as soon as it is', async () => {
    const keys = ['r/1', 'r/2', 'r/3'];
    const heads = new Map(keys.map((key) => [key, target.add(key, 'x'.repeat(600))]));
    const before = target.requests();
    await expect(
      zipped({ keys, maxBytes: 1500, listed: (key) => heads.get(key) ?? null }),
    ).rejects.toMatchObject({ code: 'archive.too_large' });
    expect(target.requests()).toBe(before);
    await expect(zipped({ keys, maxBytes: 1500 })).rejects.toMatchObject({ code: 'archive.too_large' });
  });

  it('is whole or not there', async () => {
    target.add('r/1', 'x');
    await expect(zipped({ keys: ['r/1', 'r/gone'] })).rejects.toMatchObject({ code: 'archive.not_found' });
  });
});
