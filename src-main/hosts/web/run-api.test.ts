import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const SECRET = 's'.repeat(32);
const HEADERS = { authorization: `Bearer ${SECRET}` };
const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function start(env: Record<string, string>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-run-'));
  folders.push(dataDir);
  const child = spawn(process.execPath, [MAIN, '--no-open', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
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

async function serving(env: Record<string, string>) {
  const run = start(env);
  await expect.poll(run.out, { timeout: 15_000 }).toContain('http://127.0.0.1:');
  return { ...run, origin: new URL(run.out().trim()).origin };
}

describe("RUNE's API on the page's port", () => {
  it('is there when tokens are, and the page still wants its session', async () => {
    const { origin, err } = await serving({ RUNE_API_TOKENS: `team:${SECRET}` });
    // The link goes to stdout, which is another pipe: neither waits for the other.
    await expect.poll(err).toContain('/v1');
    expect(err()).toContain('team');
    expect(err()).not.toContain(SECRET);
    expect(await (await fetch(`${origin}/healthz`)).json()).toMatchObject({ status: 'ok' });
    expect((await fetch(`${origin}/v1/jobs`)).status).toBe(401);
    expect((await fetch(`${origin}/v1/jobs`, { headers: HEADERS })).status).toBe(200);
    expect((await fetch(`${origin}/`, { headers: HEADERS })).status).toBe(401);
  });

  it('is not there when nobody was given access', async () => {
    const { origin, err } = await serving({});
    await expect.poll(err).toContain('The link on stdout');
    expect(err()).not.toContain('/v1');
    expect((await fetch(`${origin}/v1/jobs`, { headers: HEADERS })).status).toBe(401);
    expect((await fetch(`${origin}/healthz`)).status).toBe(401);
  });

  it('says that it asks nobody who they are', async () => {
    const { origin, err } = await serving({ RUNE_API_AUTH_DISABLED: '1' });
    await expect.poll(err).toContain('without authentication');
    expect((await fetch(`${origin}/v1/jobs`)).status).toBe(200);
  });

  it('keeps a server with a short secret from starting', async () => {
    const { exit, err, out } = start({ RUNE_API_TOKENS: 'team:short' });
    expect(await exit).toBe(1);
    expect(err()).toContain('32 characters');
    expect(out()).toBe('');
  });

  it('tells its watchers the end when the process closes, in order', async () => {
    const { origin, child, exit } = await serving({ RUNE_API_AUTH_DISABLED: '1' });
    const made = await fetch(`${origin}/v1/jobs/agentic-agent`, {
      method: 'POST',
      body: JSON.stringify({ question: 'q '.repeat(50), backend_type: 'demo', agent: 'prompt' }),
    });
    const { job_id } = (await made.json()) as { job_id: string };
    let text = '';
    const ended = new Promise<void>((resolve, reject) => {
      get(`${origin}/v1/runs/${job_id}/trace`, { agent: false }, (response) => {
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('close', resolve);
        child.kill('SIGTERM');
      }).on('error', reject);
    });
    await ended;
    expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
    expect(await exit).toBe(0);
  });
});
