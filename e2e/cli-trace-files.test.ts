import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oneDocument, runCli } from './support/cli.ts';

let dir: string;
let jobId = '';
interface Documents {
  readonly job: { readonly job_id: string };
  readonly spans: readonly { readonly name: string }[];
  readonly resourceSpans: readonly unknown[];
}
const json = async (...args: readonly string[]) => {
  const ran = await runCli([...args, '--data', join(dir, 'data'), '--json']);
  return { ...ran, doc: oneDocument(ran) as unknown as Documents };
};
const names = (spans: readonly { readonly name: string }[]): readonly string[] =>
  spans.map(({ name }) => name).sort();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'rs-cli-traces-'));
  const request = ['--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];
  ({ job_id: jobId } = (await json('run', 'agentic-agent', ...request)).doc.job);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('trace files on the command line', () => {
  it.each(['otlp', 'chrome'])('%s leaves as a file and is read back as a store is', async (format) => {
    const file = join(dir, `${format}.json`);
    const exported = await json('trace', 'export', '--job', jobId, '--format', format, '--output', file);
    expect(exported).toMatchObject({ code: 0, doc: { job_id: jobId, format, file } });
    const before = readFileSync(file);

    const { doc: listed } = await json('jobs', 'list', '--store', file);
    expect(listed).toMatchObject({ total: 1, jobs: [{ job_id: jobId.replaceAll('-', '') }] });
    const trace = jobId.replaceAll('-', '');
    const there = await json('jobs', 'show', trace, '--store', file);
    const here = await json('jobs', 'show', jobId);
    expect(names(there.doc.spans)).toEqual(names(here.doc.spans));
    const again = await json('trace', 'export', '--job', trace, '--format', 'otlp', '--store', file);
    expect(again.doc.resourceSpans).toHaveLength(1);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('never writes over a file, nor takes anything else for a trace', async () => {
    const file = join(dir, 'mine.json');
    writeFileSync(file, '{"mine":true}');
    const refused = await json('trace', 'export', '--job', jobId, '--format', 'csv', '--output', file);
    expect(refused).toMatchObject({ code: 2, doc: { error: { code: 'request.invalid' } } });
    expect(readFileSync(file, 'utf8')).toBe('{"mine":true}');
    expect(await json('jobs', 'list', '--store', file)).toMatchObject({
      code: 2,
      doc: { error: { code: 'trace_file.unknown_format' } },
    });
    writeFileSync(file, '{"resourceSpans":[{"scopeSpans":[{');
    expect(await json('jobs', 'list', '--store', file)).toMatchObject({
      code: 2,
      doc: { error: { code: 'trace_file.invalid' } },
    });
  });
});
