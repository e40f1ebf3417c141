import type { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readOwner } from '#core/store/ownership.ts';
import { askOwnerToShow, connectLocal } from '#hosts/local/connect.ts';

let stub: Awaited<ReturnType<typeof freshStub>>;
let dataDir: string;
const argv = process.argv;
const freshStub = async () => (await import('./testing/electron-stub.ts')).electronStub();

async function start(...args: string[]): Promise<void> {
  process.argv = ['electron', `--data=${dataDir}`, ...args];
  const { startDesktop } = await import('./desktop.ts');
  startDesktop();
}
const windows = async () => (await import('./testing/electron-stub.ts')).StubWindow.made;
const called = (name: string): unknown[][] => stub.record[name] ?? [];

const signals: EventEmitter = process;
let listeners: (readonly [string, readonly unknown[]])[];

beforeEach(async () => {
  listeners = ['SIGINT', 'SIGTERM', 'disconnect'].map((name) => [name, signals.listeners(name)]);
  vi.resetModules();
  vi.stubEnv('ELECTRON_RENDERER_URL', undefined);
  dataDir = mkdtempSync(join(tmpdir(), 'runescope-desktop-'));
  stub = await freshStub();
  vi.doMock('electron', () => stub);
});
afterEach(async () => {
  stub.app.emit('will-quit', { preventDefault: () => undefined });
  if (existsSync(join(dataDir, 'engine.lock'))) await expect.poll(() => called('exit')).toHaveLength(1);
  process.argv = argv;
  for (const [name, before] of listeners) {
    for (const listener of signals.rawListeners(name)) {
      if (!before.includes(listener)) signals.off(name, listener as () => void);
    }
  }
});

describe('the desktop app', () => {
  it('opens its page in one locked-down window and serves the engine to other processes', async () => {
    await start();
    await expect.poll(windows).toHaveLength(1);
    const [window] = await windows();
    expect(window?.loaded).toEqual(['app://runescope/']);
    expect(window?.options).toMatchObject({ show: false, webPreferences: { sandbox: true } });
    expect(window?.calls).toEqual([]);
    window?.events.emit('ready-to-show');
    expect(window?.calls).toEqual(['show']);
    for (const lock of [
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
    ]) {
      expect([lock, called(lock).length]).toEqual([lock, 1]);
    }
    expect(stub.app.listenerCount('web-contents-created')).toBe(1);
    expect(called('handle')[0]?.[0]).toBe('app');
    expect(called('setPath')).toEqual([['userData', join(dataDir, 'desktop')]]);
    const { client, close } = await connectLocal(readOwner(dataDir)?.address ?? '');
    expect(await client.app.info()).toMatchObject({ host_kind: 'electron', native_open_dialog: true });
    await close();
  });

  it('quits at once when another instance holds the lock', async () => {
    stub.app.hasLock = false;
    await start();
    expect(called('quit')).toHaveLength(1);
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
  });

  it('opens a deep link, at the start and while it runs', async () => {
    await start('runescope://jobs/first');
    await expect.poll(windows).toHaveLength(1);
    const [window] = await windows();
    expect(window?.loaded).toEqual(['app://runescope/#/s/own/jobs/first']);
    stub.app.emit('second-instance', {}, ['electron', 'runescope://jobs/second']);
    stub.app.emit('open-url', { preventDefault: () => undefined }, 'runescope://settings');
    expect(window?.sent).toEqual([
      ['runescope:navigate', '#/s/own/jobs/second'],
      ['runescope:navigate', '#/settings'],
    ]);
    expect(window?.calls).toEqual(['restore', 'show', 'focus', 'restore', 'show', 'focus']);
  });

  it('comes to the front when another process asks for it', async () => {
    await start();
    await expect.poll(windows).toHaveLength(1);
    expect(await askOwnerToShow(readOwner(dataDir)?.address ?? '')).toBeNull();
    expect((await windows())[0]?.calls).toEqual(['restore', 'show', 'focus']);
  });

  it('opens the page of a web host that has the data directory, and quits', async () => {
    const { createEngine } = await import('#core/engine.ts');
    const { createPorts } = await import('#hosts/shared/ports.ts');
    const { noKeychain } = await import('#hosts/shared/secrets.ts');
    const { serveLocal } = await import('#hosts/local/serve.ts');
    const ports = createPorts({ hostKind: 'web', dataDir, keychain: noKeychain('none') });
    const engine = await createEngine(ports, { mode: 'own' });
    const url = 'http://127.0.0.1:9/?token=t';
    const local = await serveLocal(engine, dataDir, { logger: ports.logger, show: async () => url });
    engine.announce(local.address);
    await start();
    await expect.poll(() => called('quit')).toHaveLength(1);
    expect(called('openExternal')).toEqual([[url]]);
    expect(await windows()).toHaveLength(0);
    await local.close();
    await engine.dispose();
  });

  it('frees the data directory before it exits', async () => {
    await start();
    await expect.poll(windows).toHaveLength(1);
    let held = false;
    stub.app.emit('will-quit', {
      preventDefault: () => {
        held = true;
      },
    });
    expect(held).toBe(true);
    await expect.poll(() => called('exit')).toEqual([[0]]);
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
  });

  it('says in a dialog why it cannot start', async () => {
    const file = join(dataDir, 'a-file');
    writeFileSync(file, '');
    dataDir = join(file, 'data');
    await start();
    await expect.poll(() => called('exit')).toEqual([[1]]);
    expect(called('showErrorBox')[0]?.[0]).toBe('Runescope cannot start');
  });
});
