import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runDesktop } from './desktop.ts';

let folder: string;
const script = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runescope-child-'));
});
/** Node stands in for Electron: what matters here is the child process. */
const run = (root: string, ...argv: string[]) => runDesktop({ electron: process.execPath, root, argv });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the desktop app as a child', () => {
  it('gets the arguments and hands on its exit code', async () => {
    const path = script(
      'app.mjs',
      `process.exit(process.argv[2] === '--data' && process.argv[3] === 'd' ? 0 : 1)`,
    );
    expect(await run(path, '--data', 'd')).toEqual({ started: true, code: 0 });
  });

  it('counts as not started when it fails at once or cannot be run', async () => {
    expect(await run(script('app.mjs', 'process.exit(127)'))).toEqual({ started: false });
    expect(await runDesktop({ electron: join(folder, 'none'), root: folder, argv: [] })).toEqual({
      started: false,
    });
  });

  it('learns of it when its launcher is killed outright', async () => {
    const note = join(folder, 'note');
    const app = script(
      'app.mjs',
      `import { writeFileSync } from 'node:fs';
       writeFileSync(${JSON.stringify(note)}, String(process.pid));
       process.on('disconnect', () => process.exit(0));
       setInterval(() => {}, 1000);`,
    );
    const desktop = join(import.meta.dirname, 'desktop.ts');
    const launcher = script(
      'launcher.mjs',
      `const { runDesktop } = await import(${JSON.stringify(desktop)});
       await runDesktop({ electron: process.execPath, root: ${JSON.stringify(app)}, argv: [] });`,
    );
    const child = spawn(process.execPath, [launcher], { stdio: 'ignore' });
    await expect.poll(() => existsSync(note) && readFileSync(note, 'utf8'), { timeout: 5000 }).toBeTruthy();
    const pid = Number(readFileSync(note, 'utf8'));
    expect(alive(pid)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => alive(pid), { timeout: 5000 }).toBe(false);
  });

  it('is ended by the signal that ends its launcher', async () => {
    const note = join(folder, 'note');
    const app = script(
      'app.mjs',
      `import { writeFileSync } from 'node:fs';
       process.on('SIGTERM', () => process.exit(0));
       writeFileSync(${JSON.stringify(note)}, String(process.pid));
       setInterval(() => {}, 1000);`,
    );
    const ended = run(app);
    await expect.poll(() => existsSync(note), { timeout: 5000 }).toBe(true);
    process.emit('SIGTERM');
    expect(await ended).toEqual({ started: true, code: 0 });
  });
});
