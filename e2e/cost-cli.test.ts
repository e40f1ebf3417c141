import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { startFakeBedrock } from '#core/testing/fake-bedrock.ts';
import type { FakeServer } from '#core/testing/fake-server.ts';
import { testPorts } from '#core/testing/ports.ts';
import { type CliOptions, oneDocument, type Ran, runCli } from './support/cli.ts';
import { answerOnTerminal, hasTerminals } from './support/terminal.ts';

const MODEL = 'meta.llama3-8b-instruct-v1:0';
const ENV = { RUNESCOPE_SECRET_AWS: 'AKIA0000000000000001:secret', AWS_REGION: 'us-east-1' };

let dir: string;
let bedrock: FakeServer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'rs-cost-cli-'));
  bedrock = await startFakeBedrock({ words: ['x'.repeat(400), 'y'.repeat(400), 'z'], wordMs: 20 });
  await settings();
});
afterEach(async () => {
  await bedrock.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A job probably costs $10: 1,024 tokens in and 512 out. */
async function settings(spend: Record<string, number> = {}): Promise<void> {
  const engine = await createEngine(testPorts({ dataDir: dir }).ports, { mode: 'own' });
  await engine.client.settings.set({
    version: 1,
    backends: [{ id: 'b', name: 'B', backend_type: 'bedrock', base_url: bedrock.url, api_key_secret: 'AWS' }],
    spend,
    prices: {
      live: false,
      overrides: [
        {
          id: `aws/${MODEL}`,
          usd_million_in: 5e6 / 1024,
          usd_million_out: 5e6 / 512,
          as_of: 1_760_000_000,
        },
      ],
    },
  });
  await engine.dispose();
}

const RUN = ['run', 'agentic-agent', '--backend-type', 'bedrock', '--model', MODEL, '--agent', 'prompt'];
const ARGS = (): string[] => [...RUN, '--question', 'Why?', '--data', dir];
const cli = (more: readonly string[], options: CliOptions = {}): Promise<Ran> =>
  runCli([...ARGS(), ...more], { ...options, env: { ...ENV, ...options.env } });
const jobs = async (): Promise<unknown> =>
  oneDocument(await runCli(['jobs', 'list', '--json', '--data', dir])).total;

describe('run, where it costs money', () => {
  it.each([
    ['without a terminal', {}],
    ['in CI', { CI: 'true' }],
  ])('%s, is refused with 3, one document and no job', async (_, env) => {
    // A "y" that nobody was asked for agrees to nothing.
    const ran = await cli(['--json'], { env, stdin: 'y\n' });
    expect(ran.code).toBe(3);
    expect(oneDocument(ran)).toEqual({
      error: expect.objectContaining({
        code: 'cost.approval_needed',
        message: expect.stringMatching(/\$10\.00 \(\$4\.08 to \$24\.53\).*\$5\.00 is 83\.9 %.*--yes/),
      }),
    });
    expect(bedrock.seen).toEqual([]);
    expect(await jobs()).toBe(0);
  });

  it('says the same in words without --json', async () => {
    const ran = await cli([]);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toContain('cost.approval_needed: The job will probably cost $10.00');
  });

  it.each([['true'], ['']])('runs with --yes, with CI="%s"', async (CI) => {
    const ran = await cli(['--yes', '--json'], { env: { CI } });
    expect(ran.code).toBe(0);
    const { job } = oneDocument(ran) as unknown as { job: { status: string; cost_usd: number } };
    expect(job.status).toBe('succeeded');
    expect(job.cost_usd).toBeCloseTo((26 * 5) / 1024 + (100 * 5) / 512, 9);
  });

  it('runs below the threshold without a word', async () => {
    expect((await cli(['--json'], { env: { RUNE_SPEND_WARNING_THRESHOLD: '30' } })).code).toBe(0);
  });

  it.each([
    ['a budget', ['--yes'], { day_budget_usd: 20 }, 'cost.budget_exceeded'],
    ['a budget of 0', ['--yes'], { job_budget_usd: 0 }, 'cost.budget_exceeded'],
    ['no price', ['--yes', '--model', 'acme.unheard-of-v1'], {}, 'cost.unpriced'],
  ])('is refused with 3 for %s, also with --yes', async (_, more, spend, code) => {
    await settings(spend);
    const ran = await cli([...more, '--json']);
    expect(ran.code).toBe(3);
    expect(oneDocument(ran)).toMatchObject({ error: { code } });
    expect(bedrock.seen).toEqual([]);
    expect(await jobs()).toBe(0);
  });

  it('prints the job that its budget ended, and what it had spent', async () => {
    await settings({ job_budget_usd: 24.53 });
    await bedrock.close();
    bedrock = await startFakeBedrock({ words: Array(200).fill('x'.repeat(4000)), wordMs: 30 });
    await settings({ job_budget_usd: 24.53 });
    const ran = await cli(['--yes', '--json']);
    expect(ran.code).toBe(1);
    expect(oneDocument(ran)).toMatchObject({
      error: { code: 'cost.budget_reached' },
      job: { status: 'failed', error_code: 'cost.budget_reached' },
      summary: expect.arrayContaining([expect.objectContaining({ event: 'provider.teardown' })]),
    });
  });
});

describe.skipIf(!hasTerminals)('run on a terminal, where it costs money', () => {
  const onTerminal = (answer: string, env: Record<string, string> = {}) =>
    answerOnTerminal(ARGS(), answer, { ...ENV, ...env });

  it('asks, and runs when the answer is yes', async () => {
    const { code, text } = await onTerminal('y\n');
    expect(text).toContain(
      'This job will probably cost $10.00 ($4.08..$24.53, 83.9 % chance to exceed $5.00). Run? [y/N]',
    );
    expect(code).toBe(0);
    expect(text).toContain('succeeded');
  });

  it.each([
    ['n\n', 3],
    ['\n', 3],
    ['\u0004', 3],
    ['\u0003', 130],
  ])('makes no job after %j and ends with %d', async (answer, expected) => {
    const { code, text } = await onTerminal(answer);
    expect(code, text).toBe(expected);
    expect(await jobs()).toBe(0);
  });

  it('does not ask in CI', async () => {
    const { code, text } = await onTerminal('y\n', { CI: '1' });
    expect(code).toBe(3);
    expect(text).not.toContain('[y/N]');
  });
});
