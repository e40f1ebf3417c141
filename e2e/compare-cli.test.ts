import { mkdtempSync, rmSync } from 'node:fs';
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
    ['a baseline without jobs', ['--baseline', 'openai'], 'request.invalid', /bedrock, ollama/],
    ['a difference that is none', ['--smallest', '0'], 'request.invalid', /percentage/],
  ])('refuses %s with one document and 2', async (_, args, code, says) => {
    const ran = await compare('--json', ...args);
    expect(ran.code).toBe(2);
    const { error } = oneDocument(ran) as { error?: { code: string; message: string } };
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });
});
