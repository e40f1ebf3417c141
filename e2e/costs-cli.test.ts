import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOwn } from '#core/store/own-file.ts';
import { startFakeServer } from '#core/testing/fake-server.ts';
import { oneDocument, runCli } from './support/cli.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-costs-'));
  fill(join(dir, 'filled'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** 30 rented jobs of which the 80 % interval held 24, one that failed, one of the demo and one that has not ended. */
function fill(dataDir: string): void {
  const { db, ownership } = openOwn(dataDir, 0);
  const addJob = db.prepare(
    `INSERT INTO rs_job (job_id, tenant_id, kind, status, demo, agent, backend_type, model, created_at, updated_at)
     VALUES (?, 'default', 'agentic-agent', ?, ?, 'holmes', 'ollama', 'llama3.1:8b', ?, ?)`,
  );
  const addEstimate = db.prepare(
    `INSERT INTO rs_estimate VALUES (?, ?, 'vastai', 1, 1, 0.9, 1.1, 0.7, 1.4, 0.5, 2, 0.6, 'Duration: as given.')`,
  );
  const addOutcome = db.prepare(
    `INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s, tokens_in,
       tokens_out, actual_usd, actual_basis)
     VALUES (?, ?, ?, ?, 'vastai', 'ollama', 'llama3.1:8b', 'holmes', 120, 1000, 200, ?, 'metered')`,
  );
  const noon = new Date(2026, 10, 20, 12).getTime() / 1000;
  for (let i = 0; i < 33; i++) {
    const status = i === 30 ? 'failed' : i === 32 ? 'running' : 'succeeded';
    const demo = i === 31 ? 1 : 0;
    addJob.run(`job-${i}`, status, demo, noon, noon + 120);
    addEstimate.run(`job-${i}`, noon);
    if (status !== 'running') addOutcome.run(`job-${i}`, noon + 120, status, demo, i % 5 === 0 ? 1.6 : 1.2);
  }
  db.close();
  ownership.release();
}

const empty = (): string => mkdtempSync(join(dir, 'empty-'));
const estimate = (...args: string[]) => runCli(['estimate', '--data', empty(), ...args]);
const document = async (dataDir: string, ...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli([...args, '--json', '--data', dataDir]);
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  return oneDocument(ran);
};

describe('estimate', () => {
  it.each<[provider: string, args: string[], usd: number, title: RegExp]>([
    ['vastai', ['--min-dph', '2.3', '--max-dph', '3'], 2.65, /limits/],
    [
      'aws',
      ['--model', 'g4dn.xlarge', '--estimated-duration-seconds', '7200'],
      1.052,
      /g4dn\.xlarge in us-east-1/,
    ],
    ['gcp', ['--model', 'n1-standard-4+t4'], 0.7, /n1-standard-4/],
    ['azure', ['--model', 'Standard_NC6s_v3'], 3.06, /Standard_NC6s_v3 in eastus/],
    [
      'local',
      [
        ...[
          '--local-tdp-watts',
          '450',
          '--local-energy-rate-kwh',
          '0.2',
          '--local-hardware-purchase-price',
          '1752',
        ],
        ...['--local-hardware-lifespan-years', '2', '--estimated-duration-seconds', '1800'],
      ],
      // RUNE's formula: 0.225 kWh at 0.20, and half an hour of 1752 over 2 x 8760 hours.
      0.225 * 0.2 + 0.05,
      /as given/,
    ],
  ])('on %s is complete and explained, offline, with no data yet', async (provider, args, usd, title) => {
    const found = await document(empty(), 'estimate', '--provider', provider, ...args);
    expect(found).toMatchObject({
      projected_cost_usd: expect.closeTo(usd, 9),
      cost_driver: provider,
      resource_impact: expect.stringMatching(/^(low|medium|high)$/),
      local_energy_kwh: provider === 'local' ? 0.225 : 0,
      confidence_score: expect.any(Number),
      coverage: 0.8,
      basis: expect.stringMatching(title),
    });
    expect(found).toHaveProperty('warning');
    const { cost_low_usd, cost_high_usd, confidence_score, drivers } = found as Record<string, number>;
    expect(cost_low_usd).toBeLessThan(usd);
    expect(cost_high_usd).toBeGreaterThan(usd);
    expect(confidence_score).toBeGreaterThan(0);
    expect(confidence_score).toBeLessThan(1);
    expect(drivers).not.toEqual([]);
  });

  it('is one block for a person: cost, interval, confidence, ground, doubt, warning', async () => {
    const ran = await estimate('--provider', 'local', '--local-tdp-watts', '450');
    expect(ran.code).toBe(0);
    expect(
      ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(0, 10).trim()),
    ).toEqual(['projected', 'interval', 'confidence', 'energy', 'rests on', 'widened by', 'warning']);
    expect(ran.stdout).toMatch(/^projected +\$0\.0675 on local/);
    expect(ran.stdout).toMatch(/^interval +\$0\.0\d+ to \$0\.1\d+ at 80 %$/m);
    expect(ran.stdout).toContain('widened by  duration (given) 0.25, power draw');
  });

  it('is the same by the name that the request has for its provider', async () => {
    const flag = await document(empty(), 'estimate', '--local-hardware');
    expect(flag).toEqual(await document(empty(), 'estimate', '--provider', 'local'));
  });

  it('takes a live price where an API answers, and keeps it and its span', async () => {
    const item = {
      currencyCode: 'USD',
      retailPrice: 3.2,
      unitPrice: 3.2,
      armRegionName: 'eastus',
      effectiveStartDate: '2026-01-01T00:00:00Z',
      productName: 'Virtual Machines NCSv3 Series',
      skuName: 'NC6s v3',
      meterName: 'NC6s v3',
      serviceName: 'Virtual Machines',
      unitOfMeasure: '1 Hour',
      type: 'Consumption',
      isPrimaryMeterRegion: true,
      armSkuName: 'Standard_NC6s_v3',
    };
    const azure = await startFakeServer(() => ({
      chunks: [JSON.stringify({ BillingCurrency: 'USD', Items: [item], NextPageLink: null, Count: 1 })],
    }));
    const data = empty();
    const args = ['estimate', '--json', '--data', data, '--provider', 'azure', '--model', 'Standard_NC6s_v3'];
    const live = oneDocument(await runCli(args, { env: { AZURE_RETAIL_PRICES_URL: azure.url } }));
    await azure.close();
    expect(live).toMatchObject({ projected_cost_usd: 3.2, rests_on: { price: { source: 'live' } } });
    expect(await document(data, 'estimate', ...args.slice(4))).toMatchObject({ projected_cost_usd: 3.2 });
    const summary = oneDocument(await runCli(['events', 'summary', '--json', '--data', data]));
    expect(JSON.stringify(summary)).toContain('"cost.estimate"');
  });

  it('needs no place to keep anything', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const found = await document(join(file, 'data'), 'estimate', '--provider', 'local');
    expect(found).toMatchObject({ cost_driver: 'local' });
  });

  it.each<[what: string, args: string[], code: string, says: RegExp]>([
    ['no provider', [], 'cost.no_provider', /--provider local, vastai, aws, gcp, azure/],
    ['a provider nobody knows', ['--provider', 'moon'], 'request.invalid', /local, vastai, aws, gcp, azure/],
    ['two providers', ['--provider', 'aws', '--provider', 'gcp'], 'request.invalid', /aws already/],
    ['two flags', ['--aws', '--gcp'], 'request.invalid', /aws and gcp are set/],
    ['a provider and a flag', ['--provider', 'aws', '--vastai'], 'request.invalid', /vastai and aws are set/],
    [
      'a negative price',
      ['--provider', 'vastai', '--max-dph', '-1'],
      'request.invalid',
      /--max-dph.*0 or more/,
    ],
    ['no number', ['--provider', 'vastai', '--min-dph', '0x10'], 'request.invalid', /--min-dph/],
    ['an endless one', ['--provider', 'local', '--local-tdp-watts', '1e999'], 'request.invalid', /watts/],
    [
      'a negative duration',
      ['--provider', 'gcp', '--estimated-duration-seconds=-5'],
      'request.invalid',
      /seconds/,
    ],
    [
      'an absurd duration',
      ['--provider', 'gcp', '--estimated-duration-seconds', '1e12'],
      'request.invalid',
      /ten years/,
    ],
    ['a model nobody prices', ['--provider', 'aws', '--model', 'claude-99'], 'cost.unpriced', /claude-99/],
    ['a store', ['--provider', 'gcp', '--store', 'rune.db'], 'request.invalid', /--data/],
    ['an option nobody knows', ['--provider', 'gcp', '--colour'], 'request.invalid', /--colour/],
  ])('refuses %s with one document and 2', async (_, args, code, says) => {
    const ran = await estimate('--json', ...args);
    expect(ran.code).toBe(2);
    const { error } = oneDocument(ran) as { error?: { code: string; message: string } };
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });
});

describe('costs calibration', () => {
  it('says of each group what was claimed and what came', async () => {
    const found = await document(join(dir, 'filled'), 'costs', 'calibration');
    expect(found).toMatchObject({
      needed: 20,
      left_out: { demo: 1, not_ended: 1, unsuccessful: 1, cost_unknown: 0 },
    });
    const groups = found.groups as readonly { group: string; n: number; coverage: readonly object[] }[];
    expect(groups.map(({ group, n }) => [group, n])).toEqual([
      ['all', 30],
      ['vastai', 30],
      ['vastai, ollama', 30],
    ]);
    expect(groups[0]?.coverage).toMatchObject([
      { claimed: 0.5, inside: 0, verdict: 'too narrow' },
      { claimed: 0.8, inside: 24, verdict: 'as claimed' },
      { claimed: 0.95, inside: 30, verdict: 'as claimed' },
    ]);
    const { stdout } = await runCli(['costs', 'calibration', '--data', join(dir, 'filled')]);
    expect(stdout).toMatch(/^GROUP +N +50 % +80 % +95 % +BIAS/);
    expect(stdout).toMatch(/^all +30 +0 % too narrow +80(\.0)? % as claimed +100 % as claimed +x 1\.20/m);
    expect(stdout).toContain('Left out: 1 not ended yet, 1 failed or cancelled, 1 of the demo.');
  });

  it('is narrowed, and of nothing is not yet calibrated', async () => {
    const narrow = async (...args: string[]): Promise<unknown> =>
      ((await document(join(dir, 'filled'), 'costs', 'calibration', ...args)).groups as { n: number }[])[0]
        ?.n;
    expect(await narrow('--provider', 'vastai', '--backend-type', 'ollama', '--from', '2026-11-20')).toBe(30);
    expect(await narrow('--to', '2026-11-20')).toBe(0);
    expect(await narrow('--tenant', 'nobody')).toBe(0);
    const { stdout } = await runCli(['costs', 'calibration', '--data', empty()]);
    expect(stdout).toBe('Not yet calibrated: no estimate can be judged yet, and 20 are needed.\n');
  });
});

describe('costs spend', () => {
  it('is told by day, key and basis', async () => {
    const found = await document(join(dir, 'filled'), 'costs', 'spend', '--by', 'model');
    const usd = expect.closeTo(6 * 1.6 + 24 * 1.2 + 1.6, 9);
    expect(found).toEqual({
      rows: [{ day: '2026-11-20', key: 'llama3.1:8b', basis: 'metered', usd, jobs: 31 }],
      totals: [{ basis: 'metered', usd, jobs: 31 }],
      unknown_jobs: 0,
    });
    const { stdout } = await runCli(['costs', 'spend', '--data', join(dir, 'filled')]);
    expect(stdout).toMatch(
      /^DAY +BACKEND_TYPE +BASIS +USD +JOBS\n2026-11-20 +ollama +metered +\$40\.00 +31\n/,
    );
    expect(stdout).toContain('metered: $40.00 for 31 jobs');
  });

  it('was nothing where nothing ran', async () => {
    expect((await runCli(['costs', 'spend', '--data', empty()])).stdout).toBe('Nothing was spent.\n');
  });
});

describe('costs simulate', () => {
  const what = ['--agent', 'holmes', '--model', 'llama3.1:8b', '--gpu', 'rtx4090'];
  const period = ['--runs-per-period', '2', '--period-days', '7'];

  it('answers without history, and says where RUNE differs', async () => {
    const found = await document(empty(), 'costs', 'simulate', ...what, ...period);
    expect(found).toMatchObject({
      single_cost_usd: expect.closeTo(0.4 / 12, 9),
      total_cost_usd: expect.closeTo((14 * 0.4) / 12, 9),
      historical_basis: 'scope_heuristic',
    });
    expect(found.differences).toContain('RUNE says $0.0405 a run ($0.00942 to $0.164) and $0.567 in all.');
    const { stdout } = await runCli(['costs', 'simulate', ...what, ...period, '--data', empty()]);
    expect(stdout).toMatch(/^one run +\$0\.0333 \(.*\)\n14 runs +\$0\.467 \(.*\)\nintervals +at 80 %\n/);
    expect(stdout).toContain('- RUNE says $0.0405 a run');
  });

  it('answers from history', async () => {
    const found = await document(join(dir, 'filled'), 'costs', 'simulate', ...what);
    expect(found).toMatchObject({
      historical_basis: 'from_history',
      historical_sample_count: 30,
      duration_seconds: { mid: 120 },
      single_cost_usd: expect.closeTo(0.4 / 30, 9),
      period_days: 30,
    });
  });

  it('of what nobody prices is unknown', async () => {
    const found = await document(empty(), 'costs', 'simulate', '--model', 'my-own');
    expect(found).toMatchObject({ single_cost_usd: null, total_cost_usd: null });
    const { stdout } = await runCli(['costs', 'simulate', '--model', 'my-own', '--data', empty()]);
    expect(stdout).toMatch(/^one run +unknown\n/);
  });
});

describe('costs', () => {
  it.each<[what: string, args: string[], says: RegExp]>([
    ['nothing further', [], /Give a command/],
    ['what it does not have', ['colours'], /colours/],
    ['a key nobody spends by', ['spend', '--by', 'colour'], /kind, backend_type, tenant_id, model/],
    ['a day that is none', ['spend', '--from', 'never'], /2026-11-22/],
    ['a provider nobody knows', ['calibration', '--provider', 'moon'], /vastai/],
    ['no runs', ['simulate', '--runs-per-period', '0'], /whole number/],
    ['more days than there are', ['simulate', '--period-days', '99999'], /period_days/],
    ['a store', ['spend', '--store', 'rune.db'], /--data/],
  ])('with %s is refused with one document and 2', async (_, args, says) => {
    const ran = await runCli(['costs', ...args, '--json', '--data', empty()]);
    expect(ran.code).toBe(2);
    const { error } = oneDocument(ran) as { error?: { code: string; message: string } };
    expect(error?.code).toBe('request.invalid');
    expect(error?.message).toMatch(says);
  });
});
