import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderTarget } from './folder-target.ts';

const KEY = 'results/acme/benchmark/2026-11-22/j1.json';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rs-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bytes = (text: string): Buffer => Buffer.from(text);

describe('the folder target', () => {
  it('writes the bytes under their key and leaves nothing else', async () => {
    await createFolderTarget(root).put(KEY, bytes('one'));
    expect(readFileSync(join(root, KEY), 'utf8')).toBe('one');
    expect(readdirSync(dirname(join(root, KEY)))).toEqual(['j1.json']);
  });

  it('takes the same bytes again as a success', async () => {
    const target = createFolderTarget(root);
    await target.put(KEY, bytes('one'));
    await expect(target.put(KEY, bytes('one'))).resolves.toBeUndefined();
  });

  it('refuses other bytes under a key that is taken, and keeps what is there', async () => {
    const target = createFolderTarget(root);
    await target.put(KEY, bytes('one'));
    const refused = target.put(KEY, bytes('two'));
    await expect(refused).rejects.toMatchObject({ code: 'archive.write_failed', retryable: undefined });
    expect(readFileSync(join(root, KEY), 'utf8')).toBe('one');
  });

  it('takes one of two different results that race for a key, whole', async () => {
    const [a, b] = [bytes('a'.repeat(1e6)), bytes('b'.repeat(1e6))];
    const done = await Promise.allSettled([
      createFolderTarget(root).put(KEY, a),
      createFolderTarget(root).put(KEY, a),
    ]);
    expect(done.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(readFileSync(join(root, KEY)).equals(a)).toBe(true);
    await expect(createFolderTarget(root).put(KEY, b)).rejects.toMatchObject({
      code: 'archive.write_failed',
    });
  });

  it('overwrites the half-written file of a process that died', async () => {
    mkdirSync(dirname(join(root, KEY)), { recursive: true });
    writeFileSync(join(dirname(join(root, KEY)), '.j1.json.tmp'), 'half of something longer');
    await createFolderTarget(root).put(KEY, bytes('one'));
    expect(readFileSync(join(root, KEY), 'utf8')).toBe('one');
    expect(readdirSync(dirname(join(root, KEY)))).toEqual(['j1.json']);
  });

  it('never leaves its folder', async () => {
    await expect(createFolderTarget(root).put('../out.json', bytes('x'))).rejects.toMatchObject({
      code: 'archive.write_failed',
    });
  });

  it('says that waiting may help when the folder cannot be written', async () => {
    writeFileSync(join(root, 'results'), 'a file where a folder belongs');
    const refused = createFolderTarget(root).put(KEY, bytes('x'));
    await expect(refused).rejects.toMatchObject({ code: 'archive.write_failed', retryable: true });
  });

  it('reports a read-only folder', async (context) => {
    context.skip(process.getuid?.() === 0, 'root writes into read-only folders');
    chmodSync(root, 0o500);
    await expect(createFolderTarget(root).put(KEY, bytes('x'))).rejects.toMatchObject({ retryable: true });
    chmodSync(root, 0o700);
  });
});
