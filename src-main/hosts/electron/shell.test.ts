import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { App, IpcMain, Session } from 'electron';
import { describe, expect, it } from 'vitest';
import type { Client } from '#core/engine.ts';
import { NONCE_PLACEHOLDER } from '#hosts/shared/page-policy.ts';
import { memoryLogger, tinyEngine } from '#hosts/shared/testing/tiny-engine.ts';
import { APP_ORIGIN, APP_URL, serveAppPage } from './app-page.ts';
import { serveBridge } from './bridge.ts';
import { CONNECT, OPEN_DIALOG } from './channels.ts';
import { hashOfLink, linkAmong } from './deep-link.ts';
import { electronKeychain } from './keychain.ts';
import { denyNavigation, denyPermissions } from './lockdown.ts';
import { menuTemplate } from './menu.ts';
import { electronStub, portMain } from './testing/electron-stub.ts';
import { isTrustedSender } from './trusted-sender.ts';
import { windowOptions } from './window.ts';

const ours = { origin: APP_ORIGIN, parent: null };

describe('the window', () => {
  it('isolates the page from Node and Electron, and stays hidden until it has painted', () => {
    const { webPreferences, show } = windowOptions('/p/preload.cjs', '/p/icon.png');
    expect(show).toBe(false);
    expect(webPreferences).toMatchObject({
      preload: '/p/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
    });
  });
});

describe('who may speak to the engine', () => {
  it('is our page in the main frame, and nobody else', () => {
    expect(isTrustedSender({ senderFrame: ours }, APP_ORIGIN)).toBe(true);
    const child = { origin: APP_ORIGIN, parent: ours } as never;
    for (const senderFrame of [
      null,
      child,
      { ...ours, origin: 'https://evil.example' },
      { ...ours, origin: 'null' },
      { ...ours, origin: `${APP_ORIGIN}.evil` },
    ]) {
      expect(isTrustedSender({ senderFrame }, APP_ORIGIN)).toBe(false);
    }
  });

  function bridge() {
    const stub = electronStub();
    const logger = memoryLogger();
    serveBridge({
      ipcMain: stub.ipcMain as unknown as IpcMain,
      engine: tinyEngine(),
      logger,
      pageOrigin: APP_ORIGIN,
      pickStore: async () => '/stores/jobs.db',
    });
    const connect = (senderFrame: unknown, id = 1) => {
      const { port1, port2 } = new MessageChannel();
      const main = portMain(port1);
      stub.ipcMain.emit(CONNECT, { senderFrame, sender: { id }, ports: [main] });
      return { main, page: port2 };
    };
    return { stub, logger, connect };
  }

  it('gets the whole contract over the port it hands in', async () => {
    const { connect } = bridge();
    const { page } = connect(ours);
    const rpc: Client = createORPCClient(new RPCLink({ port: page as never }));
    page.start();
    expect(await rpc.app.info()).toMatchObject({ version: '1.2.3' });
    await expect(rpc.jobs.cancel({ job_id: 'j' })).rejects.toMatchObject({ data: { code: 'job.not_found' } });
    const bytes = await (await rpc.trace.columns({ job_id: 'j' })).arrayBuffer();
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 3, 254]);
    const seen: number[] = [];
    for await (const batch of await rpc.live.watch({})) seen.push(batch.seq);
    expect(seen).toEqual([0, 1, 2]);
    page.close();
  });

  it('is refused from any other frame: its port is closed, and the log says so', () => {
    const { connect, logger } = bridge();
    expect(connect({ ...ours, origin: 'https://evil.example' }).main.closed).toBe(true);
    expect(connect({ ...ours, parent: ours }).main.closed).toBe(true);
    expect(connect(null).main.closed).toBe(true);
    expect(logger.records.map((record) => record.event)).toEqual(Array(3).fill('ipc.untrusted'));
  });

  it('holds one port: loading the page again closes the earlier one', () => {
    const { connect } = bridge();
    const first = connect(ours);
    const other = connect(ours, 2);
    const second = connect(ours);
    expect([first.main.closed, other.main.closed, second.main.closed]).toEqual([true, false, false]);
    other.page.close();
    second.page.close();
  });

  it('may ask for the open dialog', async () => {
    const handler = bridge().stub.ipcHandlers.get(OPEN_DIALOG) as (event: unknown) => Promise<unknown>;
    expect(await handler({ senderFrame: ours, sender: {} })).toBe('/stores/jobs.db');
    expect(() => handler({ senderFrame: { ...ours, origin: 'null' }, sender: {} })).toThrow(
      'Only the app itself',
    );
  });
});

describe('where a page may go', () => {
  function contents() {
    const app = new EventEmitter();
    denyNavigation(app as unknown as App, APP_URL);
    let openHandler: ((details: { url: string }) => unknown) | null = null;
    const made = Object.assign(new EventEmitter(), {
      setWindowOpenHandler: (handler: typeof openHandler) => {
        openHandler = handler;
      },
    });
    app.emit('web-contents-created', {}, made);
    const goes = (event: string, url: string): boolean => {
      let went = true;
      const preventDefault = (): void => {
        went = false;
      };
      made.emit(event, { url, preventDefault });
      return went;
    };
    return { goes, opens: (url: string) => openHandler?.({ url }) };
  }

  it('is its own views; every other address is refused, by click, script, redirect and in frames', () => {
    const { goes } = contents();
    for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      expect(goes(event, `${APP_URL}#/s/own/jobs`)).toBe(true);
      for (const url of [
        'https://evil.example/',
        'file:///etc/passwd',
        `${APP_URL}other.html`,
        'app://other/',
        'javascript:alert(1)',
      ]) {
        expect([event, url, goes(event, url)]).toEqual([event, url, false]);
      }
    }
    expect(goes('will-attach-webview', APP_URL)).toBe(false);
  });

  it('is never a new window', () => {
    const { opens } = contents();
    expect(opens(APP_URL)).toEqual({ action: 'deny' });
    expect(opens('https://evil.example')).toEqual({ action: 'deny' });
  });
});

describe('what a page may use', () => {
  it('is the clipboard for copying, for our own page; no other permission and no device', () => {
    const handlers: Record<string, (...args: never[]) => unknown> = {};
    const keep = (name: string) => (handler: (...args: never[]) => unknown) => {
      handlers[name] = handler;
    };
    denyPermissions(
      {
        setPermissionRequestHandler: keep('request'),
        setPermissionCheckHandler: keep('check'),
        setDevicePermissionHandler: keep('device'),
      } as unknown as Session,
      APP_ORIGIN,
    );
    const asks = (permission: string, requestingUrl: string): unknown => {
      let answer: unknown;
      const take = (given: unknown): void => {
        answer = given;
      };
      handlers.request?.(...([{}, permission, take, { requestingUrl }] as never[]));
      const check = handlers.check?.(...([{}, permission, requestingUrl] as never[]));
      expect(check).toBe(answer);
      return answer;
    };
    expect(asks('clipboard-sanitized-write', APP_URL)).toBe(true);
    expect(asks('clipboard-sanitized-write', 'https://evil.example/')).toBe(false);
    for (const permission of [
      'clipboard-read',
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'fullscreen',
    ]) {
      expect([permission, asks(permission, APP_URL)]).toEqual([permission, false]);
    }
    expect(handlers.device?.()).toBe(false);
  });
});

describe('the page under app:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runescope-app-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  writeFileSync(join(folder, 'renderer', 'index.html'), `<meta nonce="${NONCE_PLACEHOLDER}">`);
  writeFileSync(join(folder, 'renderer', 'assets', 'a-1.js'), 'let a;');
  let handle: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not handled'));
  serveAppPage(
    {
      handle: (_scheme, handler) => {
        handle = async (request) => handler(request);
      },
    },
    join(folder, 'renderer'),
  );
  // Node's Request keeps to http(s); Electron's carries our scheme.
  const get = (path: string, method = 'GET') => handle({ url: `app://${path}`, method } as Request);

  it('carries a strict policy with a nonce of its own', async () => {
    const [one, two] = [await get('runescope/'), await get('runescope/')];
    const policy = one.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(policy).not.toBe(two.headers.get('content-security-policy'));
    expect(await one.text()).toContain(/'nonce-([^']+)'/.exec(policy)?.[1]);
    expect(one.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is all there is: no other host, no other file, no other method', async () => {
    expect(await (await get('runescope/assets/a-1.js')).text()).toBe('let a;');
    for (const path of [
      'evil/',
      'runescope/../secret.txt',
      'runescope/%2e%2e/secret.txt',
      'runescope/..%2fsecret.txt',
      'runescope/nothing',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    expect((await get('runescope/', 'POST')).status).toBe(404);
  });
});

describe('deep links', () => {
  it('open a view', () => {
    expect(hashOfLink('runescope://jobs/ab-1?span=00f067aa0ba902b7')).toBe(
      '#/s/own/jobs/ab-1?span=00f067aa0ba902b7',
    );
    expect(hashOfLink('runescope://s/store-1/jobs/')).toBe('#/s/store-1/jobs');
    expect(hashOfLink('runescope://settings/backends')).toBe('#/settings/backends');
    expect(linkAmong(['--flag', '/path', 'runescope://new'])).toBe('#/new');
  });

  it('do nothing else', () => {
    for (const link of [
      'https://jobs/1',
      'runescope:jobs',
      'runescope://a/../b',
      'runescope://<script>',
      'runescope://jobs/1?x="',
      `runescope://${'x'.repeat(3000)}`,
      '',
    ]) {
      expect([link, hashOfLink(link)]).toEqual([link, null]);
    }
  });
});

describe('the keychain', () => {
  const storage = { ...electronStub().safeStorage, isEncryptionAvailable: () => true };
  type Backend = 'gnome_libsecret' | 'basic_text';
  const on = (backend: Backend) => ({ ...storage, getSelectedStorageBackend: () => backend });

  it('seals and opens where the system has one', () => {
    const keychain = electronKeychain(
      { ...storage, getSelectedStorageBackend: () => 'gnome_libsecret' },
      'linux',
    );
    expect(keychain).toMatchObject({ available: true, reason: null });
    expect(keychain.open(keychain.seal('s3cret'))).toBe('s3cret');
  });

  it('is not there when Linux would seal with a password everybody knows', () => {
    const keychain = electronKeychain(on('basic_text'), 'linux');
    expect(keychain.available).toBe(false);
    expect(keychain.reason).toContain('keyring');
    expect(() => keychain.seal('x')).toThrow('keyring');
    expect(electronKeychain({ ...storage, isEncryptionAvailable: () => false }, 'darwin').available).toBe(
      false,
    );
  });
});

describe('the menu', () => {
  it('leads to views of the page and the native dialog', () => {
    const done: string[] = [];
    const template = menuTemplate(
      {
        show: (hash) => done.push(hash),
        openStore: () => done.push('open'),
        openDataFolder: () => done.push('data'),
      },
      'linux',
    );
    const entries = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    for (const { click } of entries) (click as (() => void) | undefined)?.();
    expect(done).toEqual(['#/new', 'open', 'data', '#/s/own/jobs', '#/settings']);
    expect(
      menuTemplate({ show: () => {}, openStore: () => {}, openDataFolder: () => {} }, 'darwin')[0],
    ).toEqual({
      role: 'appMenu',
    });
  });
});
