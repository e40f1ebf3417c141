import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateRune, openDatabase } from '#core/store/database.ts';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { type CliOptions, oneDocument, type Ran, runCli } from './support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-cli-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const data = (): string => join(dir, 'data');
const cli = (args: readonly string[], options?: CliOptions): Promise<Ran> =>
  runCli([...args, '--data', data()], options);
const json = async (args: readonly string[], options?: CliOptions) => {
  const ran = await cli([...args, '--json'], options);
  return {
    ...ran,
    doc: oneDocument(ran) as Record<string, unknown> & { error?: { code: string; message: string } },
  };
};
const DEMO = ['run', 'agentic-agent', '--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];

describe('bad input ends with 2, one document and nothing made', () => {
  it.each<[what: string, args: string[], code: string, says: RegExp]>([
    ['no command', [], 'request.invalid', /--help/],
    ['half a command', ['jobs'], 'request.invalid', /--help/],
    ['an unknown command', ['rnu'], 'request.invalid', /unknown command/],
    ['an unknown flag', ['jobs', 'list', '--nope'], 'request.invalid', /unknown option '--nope'/],
    ['a flag without its value', ['jobs', 'list', '--limit'], 'request.invalid', /argument missing/],
    ['a limit that is no number', ['jobs', 'list', '--limit', 'ten'], 'request.invalid', /whole number/],
    ['an unknown collector', [...DEMO, '--collector', 'disk'], 'request.invalid', /sqlite, memory, null/],
    [
      'an unknown kind',
      ['run', 'agent'],
      'request.invalid',
      /agentic-agent, benchmark, llm-instance, cost-estimate/,
    ],
    ['an unknown backend', ['run', 'benchmark', '--backend-type', 'x'], 'request.invalid', /backend_type/],
    ['no question', ['run', 'agentic-agent', '--backend-type', 'demo'], 'request.invalid', /question/],
    [
      'a field of another kind',
      ['run', 'llm-instance', '--question', 'x'],
      'request.unknown_field',
      /"question"/,
    ],
    ['a secret in a URL', [...DEMO, '--backend-url', 'http://a:b@h'], 'request.secret_in_url', /Settings/],
    ['a bad tenant', [...DEMO, '--tenant', 'a/b'], 'request.invalid', /tenant_id/],
    ['a store to run in', [...DEMO, '--store', 'x.db'], 'request.invalid', /--data/],
    ['an unknown id', ['jobs', 'show', 'nope'], 'job.not_found', /nope/],
    ['an unknown id to cancel', ['jobs', 'cancel', 'nope'], 'job.not_found', /nope/],
    ['an unknown id to sum up', ['events', 'summary', '--job', 'nope'], 'job.not_found', /nope/],
    ['an unknown id to export', ['trace', 'export', '--job', 'n', '--format', 'otlp'], 'job.not_found', /n/],
    ['an unknown format', ['trace', 'export', '--job', 'n', '--format', 'x'], 'request.invalid', /otlp/],
    ['two ways to print', ['trace', 'export', '--job', 'n', '--format', 'csv'], 'request.invalid', /--json/],
    ['a store that is not there', ['jobs', 'list', '--store', '/no/such.db'], 'store.not_found', /such\.db/],
    [
      'a store that is not SQLite',
      ['jobs', 'list', '--store', import.meta.filename],
      'store.not_sqlite',
      /SQLite/,
    ],
  ])('%s', async (_, args, code, says) => {
    const { doc, ...ran } = await json(args);
    expect(doc).toEqual({ error: expect.objectContaining({ code, message: expect.stringMatching(says) }) });
    expect(ran.code).toBe(2);
    expect(readdirSync(dir).filter((name) => name !== 'data')).toEqual([]);
  });

  it('says the same on stderr, and nothing on stdout, without --json', async () => {
    const ran = await cli(['jobs', 'list', '--nope']);
    expect(ran).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("unknown option '--nope'"),
    });
  });
});

describe('the request of a run', () => {
  const withRequest = (text: string): Promise<Awaited<ReturnType<typeof json>>> => {
    writeFileSync(join(dir, 'request.json'), text);
    return json(['run', 'agentic-agent', '--request', join(dir, 'request.json')]);
  };

  it.each<[what: string, text: string, code: string, says: RegExp]>([
    ['an unknown field', '{"question":"x","modell":"y"}', 'request.unknown_field', /"modell"/],
    ['a wrong type', '{"question":1}', 'request.invalid', /question/],
    ['text that is not JSON', '{"question":', 'request.invalid', /not JSON/],
    ['an array', '[]', 'request.invalid', /JSON object/],
  ])('with %s is refused', async (_, text, code, says) => {
    const { doc, code: exit } = await withRequest(text);
    expect(doc.error).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(exit).toBe(2);
  });

  it('of 100 MB is refused without being read, from a file and from stdin', async () => {
    const path = join(dir, 'large.json');
    const file = openSync(path, 'w');
    ftruncateSync(file, 100_000_000);
    closeSync(file);
    for (const run of [
      json(['run', 'agentic-agent', '--request', path]),
      json(['run', 'agentic-agent', '--request', '-'], {
        stdin: `{"question":"${'x'.repeat(100_000_000)}"}`,
      }),
    ]) {
      const { doc, code } = await run;
      expect(doc.error).toMatchObject({
        code: 'request.too_large',
        message: expect.stringContaining('10 MiB'),
      });
      expect(code).toBe(2);
    }
    expect(existsSync(data())).toBe(false);
  });

  it('that cannot be read says why', async () => {
    const { doc } = await json(['run', 'agentic-agent', '--request', join(dir, 'none.json')]);
    expect(doc.error).toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('none.json'),
    });
  });

  it('comes from stdin too, and flags go before its fields', async () => {
    const stdin = JSON.stringify({ question: 'From stdin?', agent: 'holmes', backend_type: 'demo' });
    const { doc, code } = await json(['run', 'agentic-agent', '--request', '-', '--agent', 'prompt'], {
      stdin,
    });
    expect(doc).toMatchObject({
      job: { agent: 'prompt', model: 'demo', question: 'From stdin?' },
      error: null,
    });
    expect(code).toBe(0);
  });
});

describe('a run', () => {
  it('prints job, result, error and summary, keeps the spans, and archives', async () => {
    const started = performance.now();
    const { doc, code, stderr } = await json(DEMO);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(code).toBe(0);
    expect(Object.keys(doc)).toEqual(['job', 'result', 'error', 'summary']);
    expect(doc).toMatchObject({
      job: {
        tenant_id: 'default',
        kind: 'agentic-agent',
        status: 'succeeded',
        demo: true,
        backend_type: 'demo',
      },
      result: { answer: expect.stringContaining('Why?') },
      error: null,
    });
    const summary = doc.summary as { event: string; total: number; ok: number; error: number }[];
    expect(summary.map(({ event }) => event)).toEqual(summary.map(({ event }) => event).toSorted());
    expect(summary.find(({ event }) => event === 'agent.ask')).toMatchObject({ total: 1, ok: 1, error: 0 });
    expect(stderr).toContain('agent.ask');

    const job = doc.job as { job_id: string; updated_at: number };
    const date = new Date(job.updated_at * 1000).toISOString().slice(0, 10);
    const archived = join(data(), 'results/default/agentic-agent', date, `${job.job_id}.json`);
    expect(JSON.parse(readFileSync(archived, 'utf8'))).toMatchObject({
      schema: 'rune.result/1',
      id: job.job_id,
    });

    const { doc: listed } = await json(['jobs', 'list']);
    expect(listed).toMatchObject({ total: 1, jobs: [{ job_id: job.job_id, status: 'succeeded' }] });
    expect((await json(['jobs', 'list', '--status', 'failed,queued'])).doc).toEqual({ jobs: [], total: 0 });

    const { doc: shown } = await json(['jobs', 'show', job.job_id]);
    expect(shown).toMatchObject({ job_id: job.job_id, request: { question: 'Why?' }, result: doc.result });
    const spans = shown.spans as { name: string; parent_span_id: string | null; span_id: string }[];
    expect(spans[0]).toMatchObject({
      name: 'job.execute',
      parent_span_id: null,
      inferred: false,
      lost: false,
    });
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cost.estimate', 'agent.ask', 'provider.provision', 'provider.teardown']),
    );

    expect((await json(['events', 'summary', '--job', job.job_id])).doc.events).toEqual(
      summary.map((row) => ({
        ...row,
        avg_ms: expect.any(Number),
        min_ms: expect.any(Number),
        max_ms: expect.any(Number),
      })),
    );
    const otlp = await cli(['trace', 'export', '--job', job.job_id, '--format', 'otlp']);
    expect(JSON.parse(otlp.stdout).resourceSpans[0].scopeSpans[0].spans).toHaveLength(spans.length);
    const csv = await cli(['trace', 'export', '--job', job.job_id, '--format', 'csv']);
    expect(csv.stdout.trim().split('\n')).toHaveLength(spans.length + 1);
  });

  it('reads well without --json', async () => {
    const ran = await cli(DEMO);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^job [0-9a-f-]{36} {2}succeeded {2}agentic-agent {2}\(demo\)\n/);
    expect(ran.stdout).toMatch(/\nEVENT +TOTAL +OK +ERROR +AVG MS +MIN MS +MAX MS\n/);
    expect(ran.stdout).not.toContain('\u001b');
    const list = await cli(['jobs', 'list']);
    expect(list.stdout.split('\n')[0]).toMatch(/^JOB +CREATED +STATUS +KIND/);
  });

  it('that fails prints its job too, and ends with 1', async () => {
    const url = 'http://127.0.0.1:9';
    const { doc, code } = await json([
      'run',
      'agentic-agent',
      '--agent',
      'prompt',
      '--question',
      'x',
      '--model',
      'm',
      '--backend-url',
      url,
    ]);
    expect(code).toBe(1);
    expect(doc).toMatchObject({
      job: { status: 'failed' },
      result: null,
      error: { code: 'backend.unreachable', message: expect.any(String) },
      summary: expect.arrayContaining([expect.objectContaining({ error: 1 })]),
    });
  });

  it.each(['memory', 'null'])(
    'with --collector %s keeps no spans and says so, and sums up all the same',
    async (collector) => {
      const { doc } = await json([...DEMO, '--collector', collector]);
      expect(doc.summary).not.toEqual([]);
      const id = (doc.job as { job_id: string }).job_id;
      expect((await json(['jobs', 'show', id])).doc).toMatchObject({ spans: [], spans_recorded: false });
      expect((await cli(['jobs', 'show', id])).stdout).toContain('not recorded');
    },
  );

  it('is cancelled by Ctrl-C, prints its job and ends with 130', async () => {
    let interrupted = false;
    const { doc, code } = await json(DEMO, {
      onStderr: (child, text) => {
        if (interrupted || !text.includes('provider.provision')) return;
        interrupted = true;
        child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(doc).toMatchObject({
      job: { status: 'cancelled' },
      result: null,
      error: { code: 'job.cancelled' },
    });
    const id = (doc.job as { job_id: string }).job_id;
    expect((await json(['jobs', 'cancel', id])).doc.error).toMatchObject({ code: 'job.not_cancellable' });
  });

  it('shares one data directory with runs beside it, each with its own summary', async () => {
    const runs = await Promise.all([json(DEMO), json(DEMO), json(DEMO)]);
    for (const { doc, code } of runs) {
      expect(code).toBe(0);
      const summary = doc.summary as { event: string; total: number }[];
      expect(summary.find(({ event }) => event === 'job.execute')).toMatchObject({ total: 1 });
    }
    expect((await json(['jobs', 'list'])).doc.total).toBe(3);
    expect(existsSync(join(data(), 'engine.lock'))).toBe(false);
  });

  it('that somebody else cancels ends with 130 where it was started', async () => {
    let cancelling: Promise<Ran> | null = null;
    const { doc, code } = await json(DEMO, {
      onStderr: (_, text) => {
        const id = /job ([0-9a-f-]{36})/.exec(text)?.[1];
        if (id !== undefined && cancelling === null) cancelling = cli(['jobs', 'cancel', id, '--json']);
      },
    });
    const cancelled = oneDocument(await (cancelling as unknown as Promise<Ran>));
    expect(cancelled).toMatchObject({ job: { status: 'cancelled' } });
    expect(doc).toMatchObject({ job: { status: 'cancelled' } });
    expect(code).toBe(130);
  });

  it('whose process is killed is found failed, interrupted, by the next command', async () => {
    const ran = await cli([...DEMO, '--json'], {
      onStderr: (child, text) => {
        if (text.includes('provider.provision')) child.kill('SIGKILL');
      },
    });
    expect(ran.signal).toBe('SIGKILL');
    expect((await json(['jobs', 'list'])).doc).toMatchObject({
      total: 1,
      jobs: [{ status: 'failed', error_code: 'job.interrupted' }],
    });
  });
});

describe('a RUNE store', () => {
  it('is read as it is and never changed', async () => {
    const path = join(dir, 'rune.db');
    const db = openDatabase(path, 'write');
    migrateRune(db, 1);
    db.prepare(
      "INSERT INTO jobs VALUES ('j1', 't', 'benchmark', 'odd', '{}', NULL, NULL, NULL, 10, 20)",
    ).run();
    db.prepare("INSERT INTO workflow_events VALUES (1, 'j1', 'agent.ask', 'ok', 12.5, NULL, 'x', 15)").run();
    db.pragma('journal_mode = DELETE');
    db.close();
    const hash = () => createHash('sha256').update(readFileSync(path)).digest('hex');
    const before = hash();
    const store = ['--store', path];
    expect((await json(['jobs', 'list', ...store])).doc).toMatchObject({
      total: 1,
      jobs: [{ job_id: 'j1', status: 'odd', kind: 'benchmark' }],
    });
    const { doc: shown } = await json(['jobs', 'show', 'j1', ...store]);
    expect(
      (shown.spans as { name: string; inferred: boolean }[]).find(({ name }) => name === 'agent.ask'),
    ).toMatchObject({
      inferred: true,
      duration_ms: 12.5,
      start_time: 14.9875,
    });
    expect((await json(['events', 'summary', ...store])).doc).toEqual({
      events: [{ event: 'agent.ask', total: 1, ok: 1, error: 0, avg_ms: 12.5, min_ms: 12.5, max_ms: 12.5 }],
    });
    expect(hash()).toBe(before);
  });
});

describe('serve', () => {
  it('prints its link as the one document, answers there, and ends in order on Ctrl-C', async (context) => {
    context.skip(!isBuilt(appRoot), 'the page is not built: npm run build');
    let status: Promise<number> | undefined;
    const ran = await cli(['serve', '--no-open', '--json'], {
      onStdout: (child, text) => {
        if (!text.endsWith('\n')) return;
        // The token in the link is exchanged for a session; a browser follows with its cookie.
        status = fetch(JSON.parse(text).url, { redirect: 'manual' }).then((answer) => answer.status);
        void status.finally(() => child.kill('SIGINT'));
      },
    });
    expect(oneDocument(ran)).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//) });
    expect(await status).toBe(303);
    expect(ran.code).toBe(0);
    expect(existsSync(join(data(), 'engine.lock'))).toBe(false);
  });
});

describe('the shim', () => {
  const shim = join(import.meta.dirname, '../src-main/hosts/cli/runescope.mjs');

  it('finds a Node that will do when it is started by one that is too old', (context) => {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
      const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout;
      return version !== null && Number(/^v(\d+)/.exec(version)?.[1] ?? 99) < 22;
    });
    if (old === undefined) return context.skip('no Node older than 22 is installed');
    const { status, stdout } = spawnSync(old, [shim, 'jobs', 'list', '--json', '--data', data()], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '{"jobs":[],"total":0}\n' });
  });
});
