import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { GateReport } from '#shared/model/costs.ts';
import { type Asking, approveCost } from './approval.ts';

const REPORT = {
  decision: 'ask',
  paid: true,
  estimate: { projected_cost_usd: 10, cost_low_usd: 4.08, cost_high_usd: 24.524 },
  threshold_usd: 5,
  chance_over_threshold: 0.839,
} as GateReport;

function terminal(
  given: Partial<Omit<Asking, 'stdin' | 'stderr'>> = {},
  tty = { stdin: true, stderr: true },
) {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty.stdin });
  const stderr = Object.assign(new PassThrough(), { isTTY: tty.stderr });
  const asking: Asking = {
    yes: false,
    env: {},
    signal: new AbortController().signal,
    ...given,
    stdin,
    stderr,
  };
  return { stdin, asking, said: () => String(stderr.read() ?? '') };
}

describe('on a terminal', () => {
  it('the user is asked with all figures', async () => {
    const { stdin, asking, said } = terminal();
    stdin.write('y\n');
    expect(await approveCost(REPORT, asking)).toBe(24.524);
    expect(said()).toBe(
      'This job will probably cost $10.00 ($4.08..$24.53, 83.9 % chance to exceed $5.00). Run? [y/N] ',
    );
  });

  it.each([
    ['Yes\n', 24.524],
    [' y \n', 24.524],
    ['\n', null],
    ['n\n', null],
    ['yeah\n', null],
    ['24\n', null],
  ])('%j agrees to %s', async (line, usd) => {
    const { stdin, asking } = terminal();
    stdin.write(line);
    expect(await approveCost(REPORT, asking)).toBe(usd);
  });

  it('the end of input is a no, and an interrupt makes no job', async () => {
    const { stdin, asking } = terminal();
    stdin.end();
    expect(await approveCost(REPORT, asking)).toBeNull();
    const interrupted = new AbortController();
    const waiting = approveCost(REPORT, terminal({ signal: interrupted.signal }).asking);
    interrupted.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'job.cancelled' });
  });
});

describe('nobody agrees', () => {
  it.each([
    ['without a terminal to read from', {}, { stdin: false, stderr: true }],
    ['without one to ask on', {}, { stdin: true, stderr: false }],
    ['in CI', { env: { CI: 'true' } }, { stdin: true, stderr: true }],
    ['in a CI of any name', { env: { CI: 'woodpecker' } }, { stdin: true, stderr: true }],
  ])('%s, and nothing is asked', async (_, given, tty) => {
    const { stdin, asking, said } = terminal(given, tty);
    stdin.write('y\n');
    expect(await approveCost(REPORT, asking)).toBeNull();
    expect(said()).toBe('');
  });

  it('unless --yes says so, there too', async () => {
    const { asking } = terminal({ yes: true, env: { CI: '1' } }, { stdin: false, stderr: false });
    expect(await approveCost(REPORT, asking)).toBe(24.524);
  });

  it('to an amount that is unknown, not even with --yes', async () => {
    expect(await approveCost({ ...REPORT, estimate: null }, terminal({ yes: true }).asking)).toBeNull();
  });

  it('takes CI=false at its word', async () => {
    const { stdin, asking } = terminal({ env: { CI: 'false' } });
    stdin.write('y\n');
    expect(await approveCost(REPORT, asking)).toBe(24.524);
  });
});
