import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oneDocument, runCli } from './support/cli.ts';
import { passedOn } from './support/passed-on.ts';

const main = fileURLToPath(new URL('../src-main/hosts/cli/main.ts', import.meta.url));
const TOKEN = 'planted-token-of-the-remote-0123456789abcdef';
const env = { LAB_TOKEN: TOKEN };

let there: ChildProcess;
let url = '';
let folder = '';
let here: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runescope-remote-'));
  here = ['--data', join(folder, 'here'), '--json'];
  there = spawn(process.execPath, [main, '--data', join(folder, 'there'), 'serve', '--no-open'], {
    env: { ...passedOn(), RUNE_API_TOKENS: `team-a:${TOKEN}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const chunk of there.stdout?.setEncoding('utf8') ?? []) {
    text += chunk;
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
    if (found === undefined) continue;
    url = found;
    break;
  }
}, 120_000);
afterAll(async () => {
  if (there.exitCode === null) {
    const gone = new Promise((resolve) => there.once('exit', resolve));
    there.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

const cli = async (...args: string[]) => {
  const ran = await runCli([...here, ...args], { env }, 60_000);
  return { code: ran.code, document: oneDocument(ran) as Record<string, unknown>, stderr: ran.stderr };
};

describe('runescope --remote', () => {
  it('adds a remote, runs a job there and reads it like one of here', async () => {
    const unknown = await cli('jobs', 'list', '--remote', 'lab');
    expect(unknown).toMatchObject({ code: 2, document: { error: { code: 'source.unknown' } } });
    const added = await cli(
      'remotes',
      'add',
      'lab',
      url,
      '--tenant',
      'team-a',
      '--token-secret',
      'LAB_TOKEN',
    );
    expect(added).toMatchObject({
      code: 0,
      document: { remotes: [{ id: 'lab', token_secret: 'LAB_TOKEN' }] },
    });
    expect((await cli('remotes', 'test', 'lab')).document).toMatchObject({
      remote: { source: 'remote:lab', kind: 'remote' },
    });
    const asked = ['--agent', 'prompt', '--backend-type', 'demo', '--question', 'Why?'];
    const ran = await cli('run', 'agentic-agent', '--remote', 'lab', ...asked);
    expect(ran).toMatchObject({ code: 0, document: { job: { status: 'succeeded', tenant_id: 'team-a' } } });
    const { job, summary } = ran.document as { job: { job_id: string }; summary: { event: string }[] };
    expect(summary.map(({ event }) => event)).toContain('agent.ask');
    expect((await cli('jobs', 'list', '--remote', url)).document).toMatchObject({
      total: 1,
      jobs: [{ job_id: job.job_id, status: 'succeeded', span_count: 8 }],
    });
    expect((await cli('jobs', 'list')).document).toEqual({ jobs: [], total: 0 });
    const shown = await cli('jobs', 'show', job.job_id, '--remote', 'lab');
    expect((shown.document.spans as { name: string }[]).map(({ name }) => name)).toContain('agent.ask');
    expect(await cli('jobs', 'cancel', job.job_id, '--remote', 'lab')).toMatchObject({
      code: 2,
      document: { error: { code: 'job.not_cancellable' } },
    });
  }, 120_000);

  it('leaves no token on the disk', () => {
    const files = readdirSync(join(folder, 'here'), { recursive: true, withFileTypes: true });
    const held = files
      .filter((entry) => entry.isFile())
      .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(TOKEN));
    expect(files.length).toBeGreaterThan(1);
    expect(held.map(({ name }) => name)).toEqual([]);
  });
});
