import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { jobQuery } from '#shared/contract/contract.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';

let set: TestPorts;
let engine: Engine;
let job_id = '';
beforeAll(async () => {
  const traceWorker = new URL('./sources/trace-worker.ts', import.meta.url);
  set = testPorts({ env: { PATH: process.env.PATH }, traceWorker });
  engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0 } });
  ({ job_id } = await engine.client.jobs.create({
    kind: 'agentic-agent',
    request: { agent: 'prompt', question: 'What is up?', backend_type: 'demo' },
  }));
  await engine.idle();
  await engine.drainArchive(5000);
});
afterAll(async () => {
  await engine.dispose();
  set.remove();
});

let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(set.dataDir, `trace-${files++}.json`);
  writeFileSync(path, content);
  return path;
}

const open = (content: string | Uint8Array) => engine.client.sources.open({ path: fileOf(content) });
const openJson = (content: unknown) => open(JSON.stringify(content));

const jobsOf = async (source: string) => (await engine.client.jobs.list(jobQuery.parse({ source }))).jobs;

/** Spans of a source's newest trace: "parent > name milliseconds". */
async function tree(source: string, jobId?: string): Promise<readonly string[]> {
  const id = jobId ?? (await jobsOf(source))[0]?.job_id ?? '';
  const bytes = await (await engine.client.trace.columns({ source, job_id: id })).arrayBuffer();
  const { count, names, name, parent, durationUs } = decodeTrace(bytes);
  const called = (row: number) => names[name[row] ?? 0];
  return Array.from({ length: count }, (_, row) => {
    const of = parent[row] ?? -1;
    const ms = Math.round((durationUs[row] ?? 0) / 1000);
    return `${of < 0 ? '-' : called(of)} > ${called(row)} ${ms}`;
  });
}

const refusal = (content: string | Uint8Array) =>
  open(content).then(
    () => null,
    (thrown: { data: { code: string; message: string } }) => thrown.data,
  );

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const START_NS = 1_777_000_000_123_456_000n;
const otlpSpan = (id: number, name: string, parent: number | null, more: object = {}) => ({
  traceId: TRACE,
  spanId: id.toString(16).padStart(16, '0'),
  ...(parent === null ? {} : { parentSpanId: parent.toString(16).padStart(16, '0') }),
  name,
  startTimeUnixNano: String(START_NS + BigInt(id) * 1_000_000n),
  endTimeUnixNano: String(START_NS + 50_000_000n),
  ...more,
});
const otlpRequest = (...spans: object[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'agent' } }] },
      scopeSpans: [{ scope: { name: 's' }, spans }],
    },
  ],
});

describe('trace files', () => {
  it.each(['otlp', 'chrome'] as const)('our own %s export comes back as the same tree', async (format) => {
    const { text } = await engine.client.trace.export({ job_id, format });
    const source = await open(text);
    expect(source).toMatchObject({ kind: 'file', writable: false, provides: { live: false, cancel: false } });
    const own = await tree('own', job_id);
    const back = await tree(source.source);
    expect([...back].sort()).toEqual([...own].sort());
    expect(back.length).toBeGreaterThan(5);
    expect(await jobsOf(source.source)).toMatchObject([{ job_id: job_id.replaceAll('-', '') }]);
  });

  it('one archived result is shown as its job', async () => {
    const [result = ''] = globSync(join(set.dataDir, `results/**/${job_id}.json`));
    const source = await open(readFileSync(result));
    expect(source).toMatchObject({ kind: 'file', title: expect.stringMatching(/^trace-/) });
    expect(await tree(source.source, job_id)).toEqual(await tree('own', job_id));
  });

  it('OTLP, one request a line, as collectors write them', async () => {
    const lines = [
      otlpRequest(otlpSpan(1, 'invoke_agent', null), otlpSpan(2, 'chat', 1)),
      otlpRequest(otlpSpan(3, 'execute_tool', 1)),
    ].map((line) => JSON.stringify(line));
    const source = await open(`${lines.join('\n')}\n`);
    expect(await tree(source.source)).toEqual([
      '- > invoke_agent 49',
      'invoke_agent > chat 48',
      'invoke_agent > execute_tool 47',
    ]);
    expect(await jobsOf(source.source)).toMatchObject([{ agent: 'agent' }]);
    // A collector that was stopped in the middle of a line.
    const cut = await open(`${lines.join('\n')}\n{"resourceSpans":[{"scop`);
    expect(cut.notes.join(' ')).toContain('last line is cut short');
    expect(await tree(cut.source)).toHaveLength(3);
    expect(await refusal(`${lines[0]}\nnot json\n${lines[1]}\n`)).toMatchObject({
      code: 'trace_file.invalid',
      message: expect.stringContaining('line 2: '),
    });
  });

  it('OTLP with what no span may have is shown without that, and says so', async () => {
    const source = await openJson(
      otlpRequest(
        otlpSpan(1, 'root', null),
        otlpSpan(2, 'a', 3),
        otlpSpan(3, 'b', 2),
        otlpSpan(4, 'orphan', 99),
        otlpSpan(5, 'reversed', 1, { endTimeUnixNano: '1' }),
        otlpSpan(6, 'no id', 1, { spanId: 'zz' }),
      ),
    );
    expect(source.notes.join(' ')).toContain('1 spans could not be read');
    expect(await tree(source.source)).toHaveLength(5);
  });

  it('Chrome traces of others nest by time within a thread', async () => {
    const at = 1_777_000_000_000_000;
    const x = (name: string, ts: number, dur: number, tid = 1) => ({
      name,
      ph: 'X',
      ts: at + ts,
      dur,
      pid: 7,
      tid,
    });
    const source = await openJson([
      { name: 'process_name', ph: 'M', pid: 7, args: { name: 'renderer' } },
      x('inner', 10_000, 20_000),
      x('outer', 0, 100_000),
      x('second inner', 40_000, 10_000),
      x('other thread', 5000, 50_000, 2),
      x('begins with its parent', 0, 5000),
      { name: 'pair', ph: 'B', ts: at + 200_000, pid: 7, tid: 1 },
      { name: 'in the pair', ph: 'X', ts: at + 210_000, dur: 5000, pid: 7, tid: 1 },
      { ph: 'E', ts: at + 250_000, pid: 7, tid: 1 },
      { name: 'async', cat: 'net', id: '0x1', ph: 'b', ts: at + 300_000, pid: 7, tid: 1 },
      { name: 'async', cat: 'net', id: '0x1', ph: 'e', ts: at + 310_000, pid: 7, tid: 2 },
      { name: 'one of two', cat: 'net', id2: { local: '0x1' }, ph: 'b', ts: at + 400_000, pid: 7, tid: 1 },
      { name: 'two of two', cat: 'net', id2: { local: '0x2' }, ph: 'b', ts: at + 401_000, pid: 7, tid: 1 },
      {
        cat: 'net',
        id2: { local: '0x1' },
        ph: 'e',
        ts: at + 410_000,
        pid: 7,
        tid: 1,
        args: { status: 'error' },
      },
      { cat: 'net', id2: { local: '0x2' }, ph: 'e', ts: at + 431_000, pid: 7, tid: 1 },
      { name: 'never ends', ph: 'B', ts: at + 320_000, pid: 7, tid: 3 },
      { name: 'instant', ph: 'i', ts: at, pid: 7, tid: 1 },
      { ph: 'E', ts: at, pid: 9, tid: 1 },
      'no event',
    ]);
    expect([...(await tree(source.source))].sort()).toEqual([
      '- > async 10',
      '- > never ends 111',
      '- > one of two 10',
      '- > other thread 50',
      '- > outer 100',
      '- > pair 50',
      '- > two of two 30',
      'outer > begins with its parent 5',
      'outer > inner 20',
      'outer > second inner 10',
      'pair > in the pair 5',
    ]);
    expect(source.notes.join(' ')).toContain('3 events are no spans');
    expect(await jobsOf(source.source)).toMatchObject([{ agent: 'renderer', started_at: at / 1e6 }]);
  });

  it('Chrome traces without their end, and with times from nowhere, say so', async () => {
    const source = await open(
      '[{"name":"a","ph":"X","ts":5,"dur":1000,"pid":1,"tid":1},\n{"name":"b","ph":"X","ts":7,"dur":1,"pid":1,"tid":1},\n',
    );
    expect(await tree(source.source)).toEqual(['- > a 1', 'a > b 0']);
    expect(source.notes.join(' ')).toMatch(/After its first 2 events the file ends.*unknown moment/);
    const [job] = await jobsOf(source.source);
    expect(Math.abs((job?.started_at ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('a large one is held in the data directory while it is open, and no longer than its process lives', async () => {
    const indexes = join(set.dataDir, 'indexes');
    mkdirSync(indexes, { recursive: true });
    const { pid: ended = 0 } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(indexes, `trace-file.${ended}.1.db`), 'left behind');
    writeFileSync(join(indexes, 'trace-file.db'), 'of somebody else');
    const held = () => readdirSync(indexes).filter((name) => name.startsWith('trace-file'));
    const spans = Array.from({ length: 20_001 }, (_, i) =>
      otlpSpan(i + 1, `op ${i % 9}`, i === 0 ? null : 1),
    );
    const { source } = await openJson(
      otlpRequest(...spans.map((span) => ({ ...span, endTimeUnixNano: null }))),
    );
    expect(held().some((name) => name.startsWith(`trace-file.${process.pid}.`))).toBe(true);
    expect(held().some((name) => name.startsWith(`trace-file.${ended}.`))).toBe(false);
    expect(await tree(source)).toHaveLength(20_001);
    await engine.client.sources.close({ source });
    expect(held()).toEqual(['trace-file.db']);
  });

  it('packed files are read as what is in them', async () => {
    const text = JSON.stringify(otlpRequest(otlpSpan(1, 'root', null)));
    expect(await tree((await open(gzipSync(text))).source)).toEqual(['- > root 49']);
    expect(await refusal(gzipSync(text).subarray(0, 60))).toMatchObject({
      code: 'trace_file.invalid',
      message: expect.stringContaining('gzip is damaged'),
    });
    const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 });
    expect(await refusal(bomb)).toMatchObject({ message: expect.stringContaining('inflates to more than') });
  });

  it.skipIf(process.platform === 'win32')(
    'a pipe that nobody writes into is waited for by nobody',
    async () => {
      const path = join(set.dataDir, 'pipe.json');
      expect(spawnSync('mkfifo', [path]).status).toBe(0);
      await expect(engine.client.sources.open({ path })).rejects.toMatchObject({
        data: { code: 'store.unreadable' },
      });
    },
  );

  it('is read again when it is opened again', async () => {
    const path = fileOf(JSON.stringify(otlpRequest(otlpSpan(1, 'root', null))));
    const first = await engine.client.sources.open({ path });
    writeFileSync(path, JSON.stringify(otlpRequest(otlpSpan(1, 'root', null), otlpSpan(2, 'more', 1))));
    const second = await engine.client.sources.open({ path });
    expect(second.source).toBe(first.source);
    expect(await tree(second.source)).toHaveLength(2);
    await engine.client.sources.close({ source: second.source });
    await expect(jobsOf(second.source)).rejects.toMatchObject({ data: { code: 'source.unknown' } });
  });

  it.each([
    ['JSON of something else', '{"a":1}', 'trace_file.unknown_format'],
    ['an empty list', '[]', 'trace_file.invalid'],
    ['numbers', '[1,2,3]', 'trace_file.invalid'],
    ['OTLP without spans', '{"resourceSpans":[]}', 'trace_file.invalid'],
    ['JSON that is cut short', '{"resourceSpans":[{"scopeSpans":[{"spans":[{', 'trace_file.invalid'],
    [
      'a Chrome trace that is cut short',
      '{"traceEvents":[{"name":"a","ph":"X","ts":1}',
      'trace_file.invalid',
    ],
    ['nesting without end', `{"resourceSpans":${'['.repeat(100_000)}`, 'trace_file.invalid'],
    ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0xfe, 0x80]), 'trace_file.invalid'],
    ['a result of another version', '{"schema":"rune.result/99"}', 'archive.not_a_result'],
  ])('%s is refused with a code', async (_, content, code) => {
    expect(await refusal(content)).toMatchObject({ code });
  });

  it('keeps keys that would bend an object as keys', async () => {
    const source = await open(
      `[{"name":"a","ph":"X","ts":${START_NS / 1000n},"dur":1,"pid":1,"tid":1,"args":{"__proto__":{"polluted":true},"deep":${'['.repeat(40)}1${']'.repeat(40)}}}]`,
    );
    expect(await tree(source.source)).toEqual(['- > a 0']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
