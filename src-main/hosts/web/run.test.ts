import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'runescope-run-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Run {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly exit: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, '--no-open', '--data', dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return { child, out: () => out, err: () => err, exit: once(child, 'close').then(([code]) => code) };
}

async function running(): Promise<Run> {
  const first = run();
  await expect.poll(() => first.out() || first.err(), { timeout: 15_000 }).toContain('http://127.0.0.1:');
  return first;
}

const letsIn = async (url: string): Promise<boolean> =>
  (await fetch(url, { redirect: 'manual' })).headers.get('set-cookie') !== null;

describe('the web app as a process', () => {
  it('prints its launch URL and nothing else on stdout, and ends in order at a signal', async () => {
    const { child, out, exit } = await running();
    expect(out()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/);
    expect(await letsIn(out().trim())).toBe(true);
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(true);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
  });

  it('shows the first instance when started again on its data directory', async () => {
    const first = await running();
    const second = run();
    expect(await second.exit).toBe(0);
    const [one, two] = [first.out().trim(), second.out().trim()];
    expect(new URL(two).port).toBe(new URL(one).port);
    expect(two).not.toBe(one);
    expect(await letsIn(two)).toBe(true);
    expect(await letsIn(one)).toBe(true);
  });

  it('takes the data directory over from a first instance that was killed', async () => {
    const first = await running();
    first.child.kill('SIGKILL');
    await first.exit;
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(true);
    const second = await running();
    expect(await letsIn(second.out().trim())).toBe(true);
  });

  it('says in one sentence what is wrong with its arguments', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const runs = [run('--port', port), run('--port', '70000'), run('--nonsense')];
    expect(await Promise.all(runs.map((each) => each.exit))).toEqual([2, 2, 2]);
    for (const each of runs) {
      expect(each.out()).toBe('');
      // One that got as far as listening tells the rest of its life too.
      const failures = each
        .err()
        .trim()
        .split('\n')
        .filter((line) => !line.includes('"level":"info"'));
      expect(failures).toHaveLength(1);
    }
    expect(runs[0]?.err()).toContain(`Port ${port} is taken`);
    taken.close();
  });
});
