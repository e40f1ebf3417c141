import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testPorts } from '#core/testing/ports.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import { createTargets, type Targets } from './targets.ts';

let server: S3Server;
beforeEach(async () => {
  server = await startS3Server();
});
const made: { targets: Targets; remove: () => void }[] = [];
afterEach(async () => {
  for (const { targets, remove } of made.splice(0)) {
    targets.dispose();
    remove();
  }
  await server.close();
});

const bucket = (id: string, more: object = {}) => ({
  id,
  name: `Bucket ${id}`,
  bucket: 'results',
  endpoint: server.url,
  access_key_id: TEST_CREDENTIAL.accessKeyId,
  secret_access_key_secret: 'key',
  ...more,
});
function create(archive: object = {}, env: Record<string, string> = {}) {
  const { ports, secrets, remove } = testPorts({ env });
  secrets.set('key', TEST_CREDENTIAL.secretAccessKey);
  let settings: Settings = settingsSchema.parse({ archive });
  let changed = (): void => {};
  const facts = new Map<string, 'honoured' | 'ignored' | 'refused'>();
  const targets = createTargets({
    ports,
    settings: () => settings,
    onSettings: (listener) => {
      changed = listener;
    },
    facts: { get: (place) => facts.get(place) ?? null, set: (place, value) => void facts.set(place, value) },
  });
  made.push({ targets, remove });
  const set = (next: object): void => {
    settings = settingsSchema.parse({ archive: next });
    changed();
  };
  return { targets, set, secrets, facts };
}
const names = (targets: Targets) =>
  targets.all().map(({ target, from, delivers }) => [target.name, from, delivers]);

describe('the targets', () => {
  it('are the folder alone at first', () => {
    const { targets } = create();
    expect(names(targets)).toEqual([['folder', 'builtin', true]]);
    expect(targets.preferred().name).toBe('folder');
    expect(() => targets.get('other')).toThrow(expect.objectContaining({ code: 'archive.target_unknown' }));
  });

  it('are environment, settings and folder, each delivering as it is told', () => {
    const { targets, set } = create(
      { targets: [bucket('a'), bucket('b', { delivers: false })] },
      { S3_BUCKET: 'results' },
    );
    expect(names(targets)).toEqual([
      ['env', 'environment', true],
      ['a', 'settings', true],
      ['b', 'settings', false],
      ['folder', 'builtin', true],
    ]);
    expect(targets.preferred().name).toBe('env');
    expect(targets.delivering().map(({ name }) => name)).toEqual(['env', 'a', 'folder']);
    set({ folder: false, environment: false, targets: [bucket('b', { delivers: false })] });
    expect(targets.delivering()).toEqual([]);
    expect(targets.get('folder').name).toBe('folder');
  });

  it('keep their object while their setting stays as it was, and tell of changes', () => {
    const { targets, set } = create({ targets: [bucket('a'), bucket('b')] });
    const [a, b] = [targets.get('a'), targets.get('b')];
    const listener = vi.fn();
    targets.onChange(listener);
    set({ targets: [bucket('b', { prefix: 'other/' }), bucket('a')] });
    expect(listener).toHaveBeenCalledTimes(1);
    expect(targets.get('a')).toBe(a);
    expect(targets.get('b')).not.toBe(b);
    expect(targets.get('b')).toMatchObject({
      prefix: 'other/',
      place: `s3://results/other/ at ${server.url}`,
    });
    expect(targets.preferred().name).toBe('b');
    set({ targets: [bucket('b', { delivers: false }), bucket('a')] });
    expect(targets.preferred()).toBe(a);
    set({ targets: [bucket('b', { delivers: false })] });
    expect(targets.preferred().name).toBe('b');
  });

  it('take up a changed secret without a restart', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { targets, secrets } = create({ targets: [bucket('a')] });
      const list = () => targets.get('a').list({ prefix: 'results/', delimiter: null });
      secrets.set('key', 'wrong');
      await expect(list()).rejects.toMatchObject({ code: 'archive.bad_credentials', retryable: true });
      secrets.delete('key');
      vi.setSystemTime(Date.now() + 10_000);
      await expect(list()).rejects.toMatchObject({ code: 'secret.not_found', retryable: true });
      secrets.set('key', TEST_CREDENTIAL.secretAccessKey);
      await expect(list()).resolves.toMatchObject({ objects: [] });
    } finally {
      vi.useRealTimers();
    }
  });

  it('stay, and say why, where their configuration cannot be used', async () => {
    const { targets } = create({}, { S3_BUCKET: 'results', S3_ENDPOINT: 'http://u:planted@host' });
    const env = targets.get('env');
    await expect(env.put('results/x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'request.secret_in_url',
      retryable: true,
    });
    const report = await targets.test('env');
    expect(report).toMatchObject({ ok: false, steps: [{ name: 'Configuration', ok: false }] });
    expect(JSON.stringify(report)).not.toContain('planted');
  });

  it('are tested by name, or as a form has one', async () => {
    const { targets, facts } = create({ targets: [bucket('a')] });
    expect((await targets.test('a')).ok).toBe(true);
    expect([...facts.values()]).toEqual(['honoured']);
    expect((await targets.test('folder')).ok).toBe(true);
    const form = settingsSchema.parse({ archive: { targets: [bucket('new', { bucket: 'missing' })] } })
      .archive.targets[0];
    expect(await targets.test(form as NonNullable<typeof form>)).toMatchObject({ ok: false });
    await expect(targets.test('new')).rejects.toMatchObject({ code: 'archive.target_unknown' });
  });
});
