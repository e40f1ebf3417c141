import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuneFile } from '#core/testing/rune-file.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import { oneDocument, runCli } from './support/cli.ts';

let dir: string;
let store: string;

/** 40 jobs a backend: bedrock twice as fast as ollama, most of which ran another model; a demo job; one that failed. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-compare-'));
  store = join(dir, 'rune.db');
  const file = new RuneFile(store);
  const normal = normals(seeded(1));
  for (let i = 0; i < 80; i++) {
    const backend_type = i % 2 === 0 ? 'ollama' : 'bedrock';
    const job_id = file.job({
      kind: 'benchmark',
      status: i === 0 ? 'failed' : 'succeeded',
      request: {
        agent: 'holmes',
        backend_type,
        model: i % 2 === 0 && i < 60 ? 'small' : 'large',
        question: 'Why?',
      },
      created_at: 1_777_000_000 + i * 60,
    });
    const ms = (backend_type === 'ollama' ? 20_000 : 10_000) * Math.exp(0.2 * normal());
    file.event({ job_id, event: 'agent.ask', duration_ms: ms, recorded_at: 1_777_000_030 + i * 60 });
  }
  file.job({ request: { backend_type: 'demo' } });
  file.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const compare = (...args: string[]) =>
  runCli(['compare', '--data', join(dir, 'data'), '--store', store, ...args]);
interface Document {
  readonly [name: string]: unknown;
  readonly groups: readonly Record<string, unknown>[];
  readonly verdicts: readonly Record<string, unknown>[];
  readonly success_verdicts: readonly Record<string, unknown>[];
  readonly conditions: readonly Record<string, unknown>[];
}
const document = async (...args: string[]): Promise<Document> =>
  oneDocument(await compare('--json', ...args)) as unknown as Document;

describe('compare', () => {
  it('gives figures, verdicts and conditions as one document', async () => {
    const found = await document('--by', 'backend_type');
    expect(found).toMatchObject({ measure: 'agent.ask', unit: 'ms', jobs: 80, demo_left_out: 1 });
    expect(found.groups).toMatchObject([
      { key: 'bedrock', n: 40, failures: 0, unknown: 0, success_rate: 1, success_high: 1 },
      { key: 'ollama', n: 39, failures: 1, unknown: 0, success_rate: 39 / 40 },
    ]);
    for (const group of found.groups) {
      const { median, median_low, median_high, p90 } = group as Record<string, number>;
      expect(median_low).toBeLessThan(median ?? 0);
      expect(median_high).toBeGreaterThan(median ?? 0);
      expect(p90).toBeGreaterThan(median ?? 0);
    }
    const [verdict] = found.verdicts;
    expect(verdict).toMatchObject({ a: 'bedrock', b: 'ollama', verdict: 'better' });
    expect(verdict?.effect).toBeLessThan(verdict?.effect_high as number);
    expect(verdict?.effect).toBeGreaterThan(verdict?.effect_low as number);
    expect(verdict?.p).toBeLessThan(0.001);
    // Of success beside them, with the same fields: one failure in 40 says nothing yet.
    expect(Object.keys(found.success_verdicts[0] ?? {})).toEqual(Object.keys(verdict ?? {}));
    expect(found.success_verdicts).toMatchObject([
      {
        measure: 'success',
        a: 'bedrock',
        b: 'ollama',
        verdict: 'not_enough',
        effect: expect.closeTo(2.5, 9),
      },
    ]);
    expect(found.conditions).toMatchObject([
      { name: 'model', shares: [{ group: 'bedrock' }, { group: 'ollama' }] },
    ]);
  });

  it('prints the verdict first, then the figures, then what else differed', async () => {
    const ran = await compare();
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(
      /^bedrock is 1\.\d+ to 2\.\d times faster than ollama on agent\.ask \(n 40 and 39\)\.\n/,
    );
    expect(ran.stdout.split('\n')[1]).toMatch(
      /^Not enough runs to say whether bedrock or ollama succeeds more often \(n 40 and 40\): about \d+ more runs per group\.$/,
    );
    const at = (text: string): number => ran.stdout.indexOf(text);
    expect(at('GROUP')).toBeGreaterThan(0);
    expect(at('Demo jobs left out: 1.')).toBeGreaterThan(at('GROUP'));
    expect(at('Conditions that differ:\n- The model differs')).toBeGreaterThan(at('GROUP'));
  });

  it('takes filters, a measure, a baseline, the demo, and only matched jobs', async () => {
    const found = await document(
      ...['--where', 'kind=benchmark', '--where', 'tenant=default', '--where', 'backend-type=ollama'],
      ...[
        '--where',
        'backend_type=bedrock',
        '--measure',
        'job',
        '--baseline',
        'bedrock',
        '--matched',
        'model',
      ],
    );
    expect(found).toMatchObject({ measure: 'job', baseline: 'bedrock', unmatched: 30 });
    expect(found.groups.map(({ key, n }) => [key, n])).toEqual([
      ['bedrock', 40],
      ['ollama', 10],
    ]);
    expect(found.verdicts).toMatchObject([{ a: 'ollama', b: 'bedrock' }]);
    expect(found.conditions).toEqual([]);
    expect((await document('--demo')).groups.map(({ key }) => key)).toContain('demo');
  });

  it('of no job says so', async () => {
    expect((await compare('--where', 'model=nobody')).stdout).toBe('No jobs match.\n');
    expect((await compare('--where', 'backend_type=demo')).stdout).toContain('--demo takes them in');
    const empty = await document('--where', 'model=nobody');
    expect(empty).toMatchObject({ groups: [], verdicts: [], conditions: [] });
  });

  it.each<[what: string, args: string[], code: string, says: RegExp]>([
    ['a filter without its value', ['--where', 'model'], 'request.invalid', /key=value/],
    ['a filter nobody knows', ['--where', 'colour=red'], 'request.invalid', /backend_type/],
    ['a dimension nobody knows', ['--by', 'colour'], 'request.invalid', /backend_type/],
    ['a condition nobody knows', ['--matched', 'colour'], 'request.invalid', /"colour"/],
    ['a measure nothing has', ['--measure', 'agent.aks'], 'request.invalid', /agent\.aks.*agent\.ask/],
    ['a label without its key', ['--by', 'attribute:agent.ask'], 'request.invalid', /by: is no dimension/],
    ['an option nobody knows', ['--colour'], 'request.invalid', /--colour/],
    ['what is no option', ['ollama'], 'request.invalid', /too many arguments/],
    ['an option without its value', ['--by'], 'request.invalid', /argument missing/],
    ['conditions that groups differ by', ['--matched', 'backend_type'], 'request.invalid', /never match/],
    ['a baseline without jobs', ['--baseline', 'openai'], 'request.invalid', /bedrock, ollama/],
    ['a difference that is none', ['--smallest', '0'], 'request.invalid', /percentage/],
  ])('refuses %s with one document and 2', async (_, args, code, says) => {
    const ran = await compare('--json', ...args);
    expect(ran.code).toBe(2);
    const { error } = oneDocument(ran) as { error?: { code: string; message: string } };
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });

  it.each<[what: string, content: string | null, code: string]>([
    ['text', 'not a store', 'store.not_sqlite'],
    ['nothing', '', 'store.not_rune'],
    ['no file', null, 'store.not_found'],
  ])('of a store that is %s ends with its code', async (_, content, code) => {
    const path = join(dir, `${code}.db`);
    if (content !== null) writeFileSync(path, content);
    const ran = await runCli(['compare', '--json', '--data', join(dir, 'data'), '--store', path]);
    expect(ran.code).toBe(2);
    expect((oneDocument(ran) as { error?: { code: string } }).error?.code).toBe(code);
  });

  it('of a store without a job is an empty document, in the form of every other', async () => {
    const path = join(dir, 'empty.db');
    new RuneFile(path).close();
    const ran = await runCli(['compare', '--json', '--data', join(dir, 'data'), '--store', path]);
    expect(ran.code).toBe(0);
    const empty = oneDocument(ran) as unknown as Document;
    expect(empty).toMatchObject({ measure: 'agent.ask', groups: [], verdicts: [], conditions: [], jobs: 0 });
    expect(Object.keys(empty)).toEqual(Object.keys(await document()));
  });

  it('names every figure in every group, verdict and condition, null where there is none', async () => {
    const { groups, verdicts, conditions } = await document('--measure', 'cost');
    for (const group of groups)
      expect(group).toMatchObject({
        n: 0,
        unknown: expect.any(Number),
        failures: expect.any(Number),
        median: null,
        median_low: null,
        median_high: null,
        p90: null,
        success_rate: expect.any(Number),
        success_low: expect.any(Number),
        success_high: expect.any(Number),
      });
    expect(verdicts).toMatchObject([
      {
        a: 'bedrock',
        b: 'ollama',
        verdict: 'not_enough',
        effect: null,
        effect_low: null,
        effect_high: null,
        p: null,
      },
    ]);
    expect(conditions).toMatchObject([{ name: 'model', shares: expect.any(Array) }]);
  });

  it('prints names of groups on one line each, whatever they hold', async () => {
    const path = join(dir, 'names.db');
    const file = new RuneFile(path);
    const names = ['\u001b[31mred\u001b[0m', 'a\nb is 9 times faster than a', '\u202eevil', 'x'.repeat(500)];
    for (const backend_type of names) {
      const job_id = file.job({ request: { backend_type } });
      file.event({ job_id, event: 'agent.ask', duration_ms: 5, recorded_at: 1 });
    }
    file.close();
    const { stdout, code } = await runCli(['compare', '--data', join(dir, 'data'), '--store', path]);
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('b is 9'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('Not enough runs to say'))).toHaveLength(6 + 6);
    const header = lines.find((line) => line.startsWith('GROUP')) ?? '';
    expect(header.length).toBeLessThan(250);
  });
});
