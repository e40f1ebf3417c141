import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, isBuilt, markBuilt } from './build-state.ts';
import { chooseHost, type Surroundings } from './choose-host.ts';
import { failedLately, fetchElectron, findElectron } from './electron-binary.ts';

let root: string;
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runescope-launch-'));
});

describe('whether to build', () => {
  beforeEach(() => {
    write('src-main/a.ts', 'a');
    write('src-renderer/deep/b.tsx', 'b');
    write('src-main/a.test.ts', 'test');
    for (const path of ['main/web.js', 'main/electron.js', 'preload/preload.cjs', 'renderer/index.html']) {
      write(`out/${path}`, 'built');
    }
    markBuilt(root, fingerprint(root));
  });

  it('not when nothing changed, and not for a test', () => {
    expect(isBuilt(root)).toBe(true);
    write('src-main/a.test.ts', 'another test');
    expect(isBuilt(root)).toBe(true);
  });

  it('when a source was changed, touched, added or deleted', () => {
    write('src-renderer/deep/b.tsx', 'longer');
    expect(isBuilt(root)).toBe(false);
    markBuilt(root, fingerprint(root));
    utimesSync(join(root, 'src-main/a.ts'), 1, 1);
    expect(isBuilt(root)).toBe(false);
    markBuilt(root, fingerprint(root));
    write('src-shared/new.ts', '');
    expect(isBuilt(root)).toBe(false);
    markBuilt(root, fingerprint(root));
    rmSync(join(root, 'src-main/a.ts'));
    expect(isBuilt(root)).toBe(false);
  });

  it('when a built file or the stamp is missing', () => {
    rmSync(join(root, 'out/renderer/index.html'));
    expect(isBuilt(root)).toBe(false);
    write('out/renderer/index.html', '');
    expect(isBuilt(root)).toBe(true);
    rmSync(join(root, 'out/.built-from'));
    expect(isBuilt(root)).toBe(false);
  });
});

describe('which host to open', () => {
  const desk: Surroundings = {
    asked: undefined,
    hasDisplay: true,
    isRoot: false,
    hasElectron: true,
    failedLately: false,
  };

  it('the desktop app where it can run, fetched once where it is missing', () => {
    expect(chooseHost(desk)).toEqual({ host: 'electron' });
    expect(chooseHost({ ...desk, hasElectron: false })).toEqual({ host: 'fetch' });
  });

  it('the web app, with the reason, where it cannot', () => {
    const reasons = [
      chooseHost({ ...desk, hasDisplay: false }),
      chooseHost({ ...desk, isRoot: true }),
      chooseHost({ ...desk, hasElectron: false, failedLately: true }),
    ];
    for (const choice of reasons) expect(choice).toMatchObject({ host: 'web', because: expect.any(String) });
    expect(chooseHost({ ...desk, asked: 'web' })).toEqual({ host: 'web', because: null });
  });

  it('what RUNESCOPE_HOST says, and nothing it does not know', () => {
    const hard = { ...desk, asked: 'electron', hasDisplay: false, hasElectron: false, failedLately: true };
    expect(chooseHost(hard)).toEqual({ host: 'fetch' });
    expect(() => chooseHost({ ...desk, asked: 'tk' })).toThrow('RUNESCOPE_HOST can be web or electron');
  });
});

describe('fetching Electron', () => {
  const install = (script: string): void => {
    write('node_modules/electron/package.json', '{"version": "45.0.0"}');
    write('node_modules/electron/install.js', script);
  };
  const said: string[] = [];
  const fetch = (timeoutMs = 10_000) => fetchElectron(root, { timeoutMs, say: (line) => said.push(line) });

  it('finds what was fetched, and never fetches to look', async () => {
    install(`const fs = require('fs'), path = require('path');
      fs.mkdirSync(path.join(__dirname, 'dist'));
      fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
      fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');`);
    expect(findElectron(root)).toBeNull();
    expect(await fetch()).toBe('fetched');
    expect(findElectron(root)).toBe(join(root, 'node_modules/electron/dist/electron'));
    expect(said.join()).toContain('Fetching Electron 45.0.0');
    expect(failedLately(root)).toBe(false);
  });

  it('remembers a failure for a day, for this version', async () => {
    install('process.exit(1)');
    expect(await fetch()).toBe('failed');
    expect(failedLately(root)).toBe(true);
    expect(failedLately(root, Date.now() + 25 * 3600 * 1000)).toBe(false);
    write('node_modules/electron/package.json', '{"version": "46.0.0"}');
    expect(failedLately(root)).toBe(false);
  });

  it('ends a fetch that takes too long', async () => {
    install(
      `require('fs').writeFileSync(__dirname + '/pid', String(process.pid)); setTimeout(() => {}, 60000)`,
    );
    expect(await fetch(500)).toBe('timed out');
    const pid = Number(readFileSync(join(root, 'node_modules/electron/pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is skipped by Ctrl-C, which does not end the start', async () => {
    install('setTimeout(() => {}, 60000)');
    const fetching = fetch();
    setTimeout(() => process.emit('SIGINT'), 200);
    expect(await fetching).toBe('skipped');
    expect(failedLately(root)).toBe(true);
  });
});
