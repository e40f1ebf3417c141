import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appRoot } from '#hosts/shared/app-root.ts';

const LAUNCH = join(appRoot, 'src-main', 'hosts', 'launch', 'launch.mjs');
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'runescope-start-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const environment = (more: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...more,
});

function start(more: Record<string, string>) {
  const child = spawn(process.execPath, [LAUNCH, 'start', '--no-open', '--data', dataDir], {
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return { child, closed, out: () => out, err: () => err };
}

describe('npm start', () => {
  // Other systems always count as having a display.
  it.runIf(process.platform === 'linux')(
    'without a display says why in one line, serves the web app in the same process, and ends with it',
    async () => {
      const { child, closed, out, err } = start({});
      await expect.poll(out, { timeout: 60_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+\n$/);
      expect(err()).toContain('"message":"There is no display here: serving the web app."');
      const { port } = new URL(out());
      child.kill('SIGTERM');
      expect((await closed)[0]).toBe(0);
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    },
  );

  it('explains nothing when the web app was asked for, and leaves nothing behind when killed', async () => {
    const { child, closed, out, err } = start({ RUNESCOPE_HOST: 'web' });
    await expect.poll(out, { timeout: 60_000 }).toContain('http://');
    expect(err()).not.toContain('serving the web app');
    const { port } = new URL(out());
    child.kill('SIGKILL');
    await closed;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('refuses what it does not know, before it builds or serves anything', () => {
    const run = (args: string[], more: Record<string, string> = {}) =>
      spawnSync(process.execPath, [LAUNCH, ...args], { encoding: 'utf8', env: environment(more) });
    expect(run(['start', '--port', 'x'])).toMatchObject({ status: 2, stdout: '' });
    expect(run(['launch'])).toMatchObject({ status: 2, stdout: '' });
    expect(run(['start', '--data', dataDir], { RUNESCOPE_HOST: 'tk' })).toMatchObject({
      status: 2,
      stdout: '',
    });
    expect(run(['start', '--help'])).toMatchObject({ status: 0, stderr: '' });
  });
});
