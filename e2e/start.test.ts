import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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
      await expect.poll(err).toContain('"message":"There is no display here: serving the web app."');
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

  const bundled = existsSync(join(appRoot, 'node_modules', `node-${process.platform}-${process.arch}`));
  it.runIf(bundled)(
    'hands over to the Node that came with it, with all that it was given, where its own is too old',
    () => {
      // To the launcher this Node says that it is an older one.
      const older = `data:text/javascript,${encodeURIComponent(
        "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } });",
      )}`;
      const run = (...args: string[]) =>
        spawnSync(process.execPath, ['--import', older, ...args], { encoding: 'utf8', env: environment({}) });
      expect(run(LAUNCH, 'start', '--port', 'x')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('--port'),
      });
      expect(run(LAUNCH, 'start', '--help')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('--data'),
      });
      const cli = join(appRoot, 'src-main', 'hosts', 'cli', 'runescope.mjs');
      expect(run(cli, 'jobs', 'list', '--json', '--data', join(dataDir, 'empty'))).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('"jobs":[]'),
      });
    },
  );
});
