import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { build } from '#hosts/launch/builder.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { LOG_EVENTS } from '#shared/model/log-events.ts';
import { LOG_LEVELS, type LogLine } from '#shared/model/logs.ts';
import { oneDocument, runCli } from './support/cli.ts';
import { passedOn } from './support/passed-on.ts';

const MAIN = fileURLToPath(new URL('../src-main/hosts/cli/main.ts', import.meta.url));
/** Every planted secret holds this, so that one search finds them all. */
const MARK = 'PLANTED9q';
const TOKEN_A = `${MARK}-token-of-tenant-a-0123456789`;
const TOKEN_B = `${MARK}-token-of-tenant-b-0123456789`;

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  if (!isBuilt(appRoot) && (await build(true)) !== 0) throw new Error('The build failed.');
  dir = mkdtempSync(join(tmpdir(), 'rs-http-logs-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(dir, { recursive: true, force: true });
});

type Line = Readonly<Record<string, unknown>>;

function serve(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  const child = spawn(process.execPath, [MAIN, 'serve', '--no-open', '--data', join(dir, 'data'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...passedOn(), ...env },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    exit,
    out: () => out,
    err: () => err,
    /** Each line of stderr; a line that is no JSON object fails the test. */
    lines: (): readonly Line[] =>
      err
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line),
    origin: async (): Promise<string> => {
      await expect.poll(() => out, { timeout: 60_000 }).toContain('\n');
      return new URL(out.trim()).origin;
    },
  };
}

function expectWhole(line: Line): void {
  expect(LOG_LEVELS, JSON.stringify(line)).toContain(line.level);
  expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
  expect(Object.keys(LOG_EVENTS)).toContain(line.event);
  expect(line.logger).toMatch(/^[a-z]+$/);
  expect(line.message).toMatch(/\S/);
  for (const [name, pattern] of [
    ['tenant_id', /./],
    ['job_id', /./],
    ['trace_id', /^[0-9a-f]{32}$/],
    ['span_id', /^[0-9a-f]{16}$/],
  ] as const) {
    expect(line).toHaveProperty(name);
    if (line[name] !== null) expect(line[name]).toMatch(pattern);
  }
  for (const value of Object.values(line)) expect(value === null || typeof value !== 'object').toBe(true);
  if (line.event !== 'http.request') return;
  expect(line.client_ip).toMatch(/^(127\.0\.0\.1|::ffff:127\.0\.0\.1|::1)$/);
  expect(typeof line.http_method).toBe('string');
  expect(line.endpoint).not.toMatch(/\?/);
  expect(line.status_code).toSatisfy((status: unknown) => Number.isInteger(status));
  expect(line.auth_result).toMatch(/^[a-z_]+$/);
  expect(line.duration_ms).toSatisfy((ms: unknown) => typeof ms === 'number' && ms >= 0);
}

/** Raw bytes, and what comes back. */
async function send(origin: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe('a full run in HTTP mode', () => {
  it('writes nothing to stderr but whole JSON lines, of every request and every step of a job, without a secret', async () => {
    const run = serve({
      RUNE_API_TOKENS: `team-a:${TOKEN_A},team-b:${TOKEN_B}`,
      RUNE_LEAKY_DRIVER_CMD: fakeDriverCommand('leaky'),
      RUNE_FAKE_API_KEY: `${MARK}-driver-key-0123456789`,
    });
    const origin = await run.origin();
    const call = (method: string, path: string, body?: unknown, token: string | null = TOKEN_A) =>
      fetch(`${origin}${path}`, {
        method,
        headers: token === null ? {} : { authorization: `Bearer ${token}`, 'x-api-key': token },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    const ended = async (body: object): Promise<string> => {
      const made = (await (await call('POST', '/v1/jobs/agentic-agent', body)).json()) as { job_id: string };
      await expect
        .poll(
          async () =>
            ((await (await call('GET', `/v1/jobs/${made.job_id}`)).json()) as { status: string }).status,
          {
            timeout: 30_000,
          },
        )
        .toMatch(/succeeded|failed/);
      return made.job_id;
    };
    const good = await ended({ question: 'Why?', backend_type: 'demo', agent: 'prompt' });
    const bad = await ended({ question: 'Why?', backend_type: 'demo', agent: 'leaky' });
    expect((await call('GET', '/healthz', undefined, null)).status).toBe(200);
    expect((await call('GET', `/v1/jobs/${good}`, undefined, null)).status).toBe(401);
    expect(
      (await call('GET', `/v1/jobs/${good}`, undefined, `${MARK}-a-guess-of-a-token-0123456789`)).status,
    ).toBe(401);
    expect((await call('GET', `/v1/jobs/${good}`, undefined, TOKEN_B)).status).toBe(404);
    expect((await call('GET', `/v1/jobs/nope?api_key=${MARK}-in-a-query`)).status).toBe(404);
    expect((await call('POST', '/v1/jobs/agentic-agent', `{"api_key": "${MARK}-in-bad-json`)).status).toBe(
      400,
    );
    expect((await call('GET', `/?token=${MARK}-launch`, undefined, null)).status).toBe(401);
    expect(await send(origin, `${MARK} nonsense\r\n\r\n`)).toContain('400');
    expect(await send(origin, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain('431');
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);

    const lines = run.lines();
    for (const line of lines) expectWhole(line);
    expect(run.out()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=\S+\n$/);
    expect(run.err()).not.toContain(new URL(run.out().trim()).search.slice('?token='.length));
    expect(run.err()).not.toContain(MARK);

    const eventsOf = (jobId: string): readonly unknown[] =>
      lines
        .filter(({ job_id, event }) => job_id === jobId && event !== 'http.request')
        .map(({ event }) => event);
    expect(eventsOf(good)).toEqual([
      'job.accepted',
      'job.started',
      'provision.ready',
      'provision.ended',
      'job.succeeded',
      'archive.delivered',
    ]);
    expect(eventsOf(bad)).toEqual(
      expect.arrayContaining([
        'job.accepted',
        'job.started',
        'span.failed',
        'job.failed',
        'archive.delivered',
      ]),
    );
    for (const line of lines.filter(({ job_id }) => job_id === good || job_id === bad)) {
      expect(line.trace_id).toBe(String(line.job_id).replaceAll('-', ''));
      expect(line.tenant_id).toBe(line.status_code === 404 ? 'team-b' : 'team-a');
    }
    const failed = lines.find(({ event, span }) => event === 'span.failed' && span === 'driver.call');
    expect(failed).toMatchObject({
      job_id: bad,
      span_id: expect.any(String),
      error_type: expect.any(String),
    });
    expect(lines.filter(({ event }) => event === 'engine.started')).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({ event: 'engine.stopped' });

    const requests = lines
      .filter(({ event }) => event === 'http.request')
      .map((line) => [line.http_method, line.endpoint, line.status_code, line.auth_result].join(' '));
    expect(new Set(requests)).toEqual(
      new Set([
        'POST /v1/jobs/{kind} 202 ok',
        'GET /v1/jobs/{id} 200 ok',
        'GET /healthz 200 missing',
        'GET /v1/jobs/{id} 401 missing',
        'GET /v1/jobs/{id} 401 invalid',
        'GET /v1/jobs/{id} 404 ok',
        'POST /v1/jobs/{kind} 400 ok',
        'GET / 401 missing',
        ' (unreadable) 400 none',
        ' (unreadable) 431 none',
      ]),
    );
    const accepted = lines.filter(({ status_code }) => status_code === 202);
    expect(accepted.map(({ job_id }) => job_id)).toEqual([good, bad]);

    // The store tells the same.
    const shown = await runCli(['logs', '--job', bad, '--json', '--data', join(dir, 'data')]);
    const kept = oneDocument(shown).lines as readonly LogLine[] | undefined;
    expect(kept?.map(({ event, message }) => [event, message])).toEqual(
      lines.filter(({ job_id }) => job_id === bad).map(({ event, message }) => [event, message]),
    );
    expect(shown.stdout).not.toContain(MARK);
  });
});

describe('whatever else writes to stderr in HTTP mode', () => {
  const preload = (code: string): Readonly<Record<string, string>> => {
    const path = join(dir, 'preload.mjs');
    writeFileSync(path, code);
    return { NODE_OPTIONS: `--import=${pathToFileURL(path).href}` };
  };

  it('becomes a line of the same form: warnings of Node, console, words in pieces', async () => {
    const run = serve(
      preload(`
        process.once('SIGUSR2', () => {
          process.emitWarning('careful', 'OwnWarning');
          console.error('\\u001b[31mplain\\u001b[0m words\\nand more');
          console.warn('careful too');
          process.stderr.write('half ');
          process.stderr.write(Buffer.from('a line\\n'));
        });
      `),
    );
    await run.origin();
    run.child.kill('SIGUSR2');
    const messages = (): unknown[] => run.lines().map(({ message }) => message);
    await expect
      .poll(messages, { timeout: 10_000 })
      .toEqual(
        expect.arrayContaining([
          'OwnWarning: careful',
          'plain words',
          'and more',
          'careful too',
          'half a line',
        ]),
      );
    for (const line of run.lines()) expectWhole(line);
    expect(run.lines().find(({ event }) => event === 'host.warning')).toMatchObject({ level: 'warn' });
  });

  it('and so does the stack of a crash, which ends the process', async () => {
    const run = serve(preload("process.once('SIGUSR2', () => { throw new Error('boom'); });"));
    await run.origin();
    run.child.kill('SIGUSR2');
    expect(await run.exit).toBe(1);
    for (const line of run.lines()) expectWhole(line);
    expect(run.lines().at(-1)).toMatchObject({
      level: 'error',
      event: 'host.crashed',
      message: expect.stringMatching(/^Error: boom\n +at /),
    });
  });

  it('and so does why it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const run = serve({}, ['--port', String(port)]);
    expect(await run.exit).toBe(2);
    taken.close();
    for (const line of run.lines()) expectWhole(line);
    expect(run.lines().filter(({ level }) => level === 'error')).toMatchObject([
      {
        event: 'host.failed',
        error_code: 'request.invalid',
        message: expect.stringContaining(`Port ${port}`),
      },
    ]);
  });

  it('is as much as RUNESCOPE_LOG says', async () => {
    const run = serve({ RUNESCOPE_LOG: 'warn', RUNE_API_AUTH_DISABLED: '1' });
    const origin = await run.origin();
    expect((await fetch(`${origin}/v1/jobs`)).status).toBe(200);
    expect((await fetch(`${origin}/v1/jobs/nope`)).status).toBe(404);
    await expect.poll(run.err, { timeout: 5000 }).toContain('\n');
    expect(run.lines()).toMatchObject([{ event: 'http.request', status_code: 404, auth_result: 'disabled' }]);
  });
});
