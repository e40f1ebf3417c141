import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { oneDocument, runCli } from './support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-chain-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const DRIVERS = {
  RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good'),
  RUNE_BROKEN_DRIVER_CMD: fakeDriverCommand('exit3'),
};

async function chain(name: string, text: string, ...more: readonly string[]) {
  const file = join(dir, name);
  writeFileSync(file, text);
  const ran = await runCli(['run', 'chain', '--file', file, '--data', join(dir, 'data'), '--json', ...more], {
    env: DRIVERS,
  });
  return { ...ran, doc: oneDocument(ran) as Record<string, Record<string, unknown>> };
}

const YAML = `
name: outage
model: m
context: {service: checkout}
steps:
  - name: find
    agent: fake
    question_template: |-
      Why does {service} restart?
  - name: sum up
    agent: fake
    question_template: "In one line: {find}"
    dependencies: [find]
`;

describe('runescope run chain', () => {
  it('takes YAML, tells of each step, and prints one document with the state of all', async () => {
    const { code, doc, stderr } = await chain('chain.yaml', YAML);
    expect(code).toBe(0);
    expect(doc.job).toMatchObject({ kind: 'chain', status: 'succeeded', question: 'outage' });
    expect(doc.result?.answer).toBe('m: In one line: m: Why does checkout restart?');
    expect(doc.chain).toMatchObject({
      overall_status: 'success',
      edges: [{ from: 'find', to: 'sum up' }],
    });
    expect(stderr).toMatch(/step find: success after .*\(1 of 2 done\)/);
    expect(stderr).toMatch(/step sum up: success after .*\(2 of 2 done\)/);
  });

  it('takes JSON, and says which step failed', async () => {
    const steps = [
      { name: 'a', agent: 'broken', question_template: 'Why?' },
      { name: 'b', agent: 'fake', question_template: '{a}', dependencies: ['a'] },
    ];
    const { code, doc, stderr } = await chain(
      'chain.json',
      JSON.stringify({ steps }, null, '\t'),
      '--model',
      'm',
    );
    expect(code).toBe(1);
    expect(doc.error?.code).toBe('chain.step_failed');
    expect(doc.chain?.overall_status).toBe('failed');
    expect(stderr).toContain('step b: skipped');
  });

  it("takes a chain of RUNE's catalogue", async () => {
    const { code, doc } = await chain(
      'chains.yaml',
      `chains:
  - scope: Legal/Ops
    name: NDA
    steps:
      - {id: read, agent: fake, role: reader, question: "Read {this}", input_from: null}
      - {id: flag, agent: fake, role: flagger, question: Flag, input_from: read}
`,
      '--model',
      'm',
    );
    expect(code).toBe(0);
    expect(doc.result?.answer).toBe('m: Flag\n\nm: Read {this}');
  });

  it.each([
    ['text that is no chain', 'steps: [', 'request.invalid'],
    ['a list', '- a', 'request.invalid'],
    ['a cycle', 'steps: [{name: a, question_template: x, dependencies: [a]}]', 'chain.invalid'],
    ['no steps', 'steps: []', 'chain.invalid'],
    ['two chains', 'chains: [{steps: []}, {steps: []}]', 'request.invalid'],
    [
      'aliases without end',
      `a: &a [1]\nb: &b [${'*a,'.repeat(99)}*a]\nsteps: [${'*b,'.repeat(99)}*b]`,
      'request.invalid',
    ],
  ])('refuses %s, and makes no job', async (_, text, expected) => {
    const { code, doc } = await chain('bad.yaml', text);
    expect(code).toBe(2);
    expect(doc).toMatchObject({ error: { code: expected } });
  });

  it('takes --file for a chain only', async () => {
    const ran = await runCli(['run', 'benchmark', '--file', 'x', '--data', join(dir, 'data'), '--json']);
    expect(ran.code).toBe(2);
  });
});
