import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderTarget } from './folder-target.ts';
import { compareUtf8 } from './utf8-order.ts';

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
    await expect(refused).rejects.toMatchObject({ code: 'archive.conflict', retryable: undefined });
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
      code: 'archive.conflict',
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
      code: 'archive.bad_key',
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

describe('reading the folder', () => {
  const file = (key: string, text = 'x'): void => {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), text);
  };
  async function walk(prefix: string, delimiter: '/' | null = null, after?: string) {
    const target = createFolderTarget(root);
    const keys: string[] = [];
    const prefixes: string[] = [];
    let token: string | undefined;
    do {
      const page = await target.list({ prefix, delimiter, after, token });
      keys.push(...page.objects.map(({ key }) => key));
      prefixes.push(...page.prefixes);
      token = page.next ?? undefined;
    } while (token !== undefined);
    return { keys, prefixes, requests: target.requests() };
  }

  it('lists nothing where no folder is', async () => {
    expect(await walk('results/')).toMatchObject({ keys: [], prefixes: [] });
    expect(await walk('../')).toMatchObject({ keys: [], prefixes: [] });
  });

  it('lists in the byte order of whole keys, as S3 does', async () => {
    const keys = [
      'a/1',
      'a-b/1',
      'a.json',
      'a/b/c',
      'é/1',
      '\u{1f600}',
      '\uffee',
      'Z',
      'a0/x',
      'sp ace+%',
    ].map((key) => `results/${key}`);
    for (const key of keys) file(key);
    const sorted = keys.toSorted(compareUtf8);
    expect((await walk('results/')).keys).toEqual(sorted);
    expect(sorted.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(sorted);
    expect((await walk('results/a')).keys).toEqual(sorted.filter((key) => key.startsWith('results/a')));
    for (const [at, key] of sorted.entries())
      expect((await walk('results/', null, key)).keys).toEqual(sorted.slice(at + 1));
    expect((await walk('results/', null, 'results/a/')).keys).toEqual(
      sorted.filter((key) => compareUtf8(key, 'results/a/') > 0),
    );
  });

  it('groups at the delimiter, leaving out folders that hold nothing', async () => {
    for (const key of ['results/a/1', 'results/a/b/2', 'results/c/d/3', 'results/e']) file(key);
    mkdirSync(join(root, 'results/empty/deep'), { recursive: true });
    expect(await walk('results/', '/')).toMatchObject({
      keys: ['results/e'],
      prefixes: ['results/a/', 'results/c/'],
    });
    expect(await walk('res', '/')).toMatchObject({ keys: [], prefixes: ['results/'] });
    expect(await walk('results/', '/', 'results/a/1')).toMatchObject({
      prefixes: ['results/a/', 'results/c/'],
    });
    expect(await walk('results/', '/', 'results/a/b/2')).toMatchObject({ prefixes: ['results/c/'] });
  });

  it('reads each folder once, however many pages it takes', async () => {
    for (let i = 0; i < 3200; i++) file(`results/t/${i % 4}/${i}.json`);
    const { keys, requests } = await walk('results/');
    expect(keys).toHaveLength(3200);
    expect(keys).toEqual(keys.toSorted(compareUtf8));
    // results/, results/t/ and the four below it.
    expect(requests).toBe(6);
  });

  it('goes on from a token that another process gave', async () => {
    for (let i = 0; i < 1500; i++) file(`results/t/${String(i).padStart(4, '0')}`);
    const { next } = await createFolderTarget(root).list({ prefix: 'results/', delimiter: null });
    const rest = await createFolderTarget(root).list({
      prefix: 'results/',
      delimiter: null,
      token: next ?? '',
    });
    expect(rest.objects.map(({ key }) => key).at(0)).toBe('results/t/1000');
    expect(rest).toMatchObject({ next: null, objects: { length: 500 } });
  });

  it('leaves out half-written files, links, pipes and names that are not UTF-8', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'rs-outside-'));
    writeFileSync(join(outside, 'secret.json'), 'secret');
    file('results/t/good.json');
    file('results/t/.good.json.tmp');
    symlinkSync(outside, join(root, 'results/link'));
    symlinkSync(join(outside, 'secret.json'), join(root, 'results/t/link.json'));
    execFileSync('mkfifo', [join(root, 'results/t/pipe')]);
    // Other systems refuse such a name.
    if (process.platform === 'linux')
      writeFileSync(Buffer.concat([Buffer.from(`${root}/results/t/`), Buffer.from([0xff, 0xfe])]), 'x');
    expect((await walk('results/')).keys).toEqual(['results/t/good.json']);
    const target = createFolderTarget(root);
    await expect(target.get('results/link/secret.json', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'archive.bad_key',
    });
    await expect(target.get('results/t/link.json', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'archive.not_found',
    });
    await expect(target.get('results/t/pipe', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'archive.not_found',
    });
    await expect(target.put('results/link/new/x.json', bytes('x'))).rejects.toMatchObject({
      code: 'archive.bad_key',
    });
    expect(existsSync(join(outside, 'new'))).toBe(false);
    rmSync(outside, { recursive: true });
  });

  it.each([
    '../x',
    'results/../../x',
    '/etc/passwd',
    'results//x',
    'results/x/',
    'results/./x',
    'secrets.json',
    'results',
    'resultsx/a.json',
    '',
    'a\0b',
    'k'.repeat(1025),
  ])('refuses the key %j', async (key) => {
    const target = createFolderTarget(root);
    for (const call of [target.head(key), target.get(key, { maxBytes: 1 }), target.put(key, bytes('x'))])
      await expect(call).rejects.toMatchObject({ code: 'archive.bad_key' });
  });

  it('knows nothing of what lies beside the results', async () => {
    for (const name of ['secrets.json', 'runescope.db', 'work/j1/out.json', 'resultsx/a.json']) file(name);
    file(KEY);
    for (const prefix of ['', 're', 'results/', 'secrets', 'work/'])
      expect((await walk(prefix)).keys).toEqual('results/'.startsWith(prefix) ? [KEY] : []);
    expect(await walk('', '/')).toMatchObject({ keys: [], prefixes: ['results/'] });
  });

  it('lists what it wrote for a tenant whose name begins with a dot', async () => {
    const key = 'results/.acme/benchmark/2026-11-22/.j1.json';
    await createFolderTarget(root).put(key, bytes('one'));
    file('results/.acme/benchmark/2026-11-22/.j1.json.tmp');
    file('results/.DS_Store');
    expect((await walk('results/')).keys).toEqual([key]);
    expect((await walk('results/', '/')).prefixes).toEqual(['results/.acme/']);
  });

  it('reads whole, in part, and never more than allowed', async () => {
    file(KEY, '0123456789');
    const target = createFolderTarget(root);
    const get = async (range?: { start: number; end: number }) =>
      Buffer.from((await target.get(KEY, { maxBytes: 10, range })).bytes).toString();
    expect(await get()).toBe('0123456789');
    expect(await get({ start: 2, end: 5 })).toBe('234');
    expect(await get({ start: 8, end: 50 })).toBe('89');
    expect(await get({ start: 20, end: 30 })).toBe('');
    expect(await target.head(KEY)).toMatchObject({ key: KEY, size_bytes: 10, etag: null, checksum: null });
    truncateSync(join(root, KEY), 1e9);
    await expect(target.get(KEY, { maxBytes: 1e6 })).rejects.toMatchObject({ code: 'archive.too_large' });
    await expect(target.head('results/none')).rejects.toMatchObject({ code: 'archive.not_found' });
    await expect(target.head('results/t')).rejects.toMatchObject({ code: 'archive.not_found' });
  });

  it('tests what it needs, step by step', async () => {
    expect(await createFolderTarget(root).test()).toMatchObject({
      ok: true,
      steps: [
        { name: 'Folder' },
        { name: 'Writable' },
        { name: 'Space', message: expect.stringMatching(/MB are free/) },
      ],
    });
    rmSync(join(root, 'results'), { recursive: true });
    writeFileSync(join(root, 'results'), 'a file');
    expect(await createFolderTarget(root).test()).toMatchObject({
      ok: false,
      steps: [{ name: 'Folder', ok: false }],
    });
  });
});
