import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DriverBehaviour, fakeDriverArgv, isRunning } from '#core/testing/fake-driver.ts';
import { failureOf } from '#core/testing/recorded-spans.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { createStdioTransport } from './stdio.ts';

let workDir = '';
beforeAll(async () => {
  workDir = await realpath(mkdtempSync(join(tmpdir(), 'runescope-driver-')));
});
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

interface Options {
  readonly file?: string;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly maxStdoutBytes?: number;
  readonly params?: JsonObject;
}
const ask = (behaviour: DriverBehaviour, options: Options = {}) =>
  createStdioTransport({
    driver_name: 'fake',
    argv: fakeDriverArgv(behaviour, options.file),
    env: { PATH: process.env.PATH ?? '', ...options.env },
    ...(options.maxStdoutBytes === undefined ? {} : { maxStdoutBytes: options.maxStdoutBytes }),
  }).call({
    action: 'ask',
    params: options.params ?? { question: 'Why?', model: 'm' },
    signal: options.signal ?? new AbortController().signal,
    timeoutMs: options.timeoutMs ?? 20_000,
    workDir,
  });

/** The ids a driver wrote down, once it has. */
const noted = (file: string): Promise<Record<string, number>> =>
  vi.waitFor(() => JSON.parse(readFileSync(file, 'utf8')), { timeout: 5000 });

describe('a stdio driver', () => {
  it('gets one line and gives its result', async () => {
    expect(await ask('good')).toMatchObject({ answer: 'm: Why?' });
  });

  it('may print other things before and after its answer', async () => {
    expect(await ask('noisy')).toMatchObject({ answer: 'm: Why?' });
  });

  it('may print its answer over several lines, or without an id, as RUNE allows', async () => {
    expect(await ask('pretty')).toMatchObject({ answer: 'm: Why?' });
    expect(await ask('no-id')).toMatchObject({ answer: 'm: Why?' });
  });

  it('may be asked something larger than a pipe holds', async () => {
    const question = 'x'.repeat(300_000);
    expect((await ask('good', { params: { question, model: 'm' } })).answer).toHaveLength(300_003);
  });

  it('runs in the work directory and sees only the environment it was given', async () => {
    const { metadata } = await ask('environment', { env: { RUNE_FAKE_API_KEY: 'k' } });
    const { env, cwd } = metadata as unknown as { env: Record<string, string>; cwd: string };
    expect(cwd).toBe(workDir);
    expect(Object.keys(env).filter((name) => !name.startsWith('__'))).toEqual(
      expect.arrayContaining(['PATH', 'RUNE_FAKE_API_KEY']),
    );
    expect(Object.keys(env).filter((name) => !name.startsWith('__'))).toHaveLength(2);
  });

  const faults: readonly (readonly [DriverBehaviour, string, RegExp])[] = [
    ['garbage', 'driver.bad_output', /not a reply/],
    ['silent', 'driver.no_output', /without an answer/],
    ['wrong-id', 'driver.bad_output', /different id/],
    ['wrong-result', 'driver.bad_output', /not a JSON object/],
    ['deep', 'driver.bad_output', /nested more than 500 deep/],
    ['error', 'driver.error', /kubectl not found/],
    ['exit3', 'driver.exit', /exit code 3/],
    ['exit3-at-once', 'driver.exit', /exit code 3/],
    ['early-close', 'driver.no_output', /without an answer/],
  ];
  for (const [behaviour, code, message] of faults) {
    it(`fails as ${code} when it does "${behaviour}"`, async () => {
      const failure = await failureOf(() =>
        ask(behaviour, { params: { question: 'x'.repeat(300_000), model: 'm' } }),
      );
      expect(failure.code).toBe(code);
      expect(failure.message).toMatch(message);
    });
  }

  it('has the end of its stderr in the details', async () => {
    expect((await failureOf(() => ask('exit3'))).detail).toContain('Traceback: connection refused');
    expect((await failureOf(() => ask('silent'))).detail).toContain('nothing to say');
  });

  it('has no credential in what is kept of its stderr', async () => {
    const failure = await failureOf(() => ask('leaky', { env: { RUNE_FAKE_API_KEY: 'planted-secret' } }));
    expect(failure.detail).toContain('request failed');
    expect(JSON.stringify(failure)).not.toContain('planted-secret');
    expect(JSON.stringify(failure)).not.toContain('hunter22');
  });

  it('has no part of a credential in what is kept of its stdout, which is cut', async () => {
    const key = 'planted-0123456789abcdef';
    const code = `process.stdout.write(process.env.RUNE_FAKE_API_KEY + ' ' + 'x'.repeat(985)); process.exitCode = 3`;
    const failure = await failureOf(() =>
      createStdioTransport({
        driver_name: 'fake',
        argv: [process.execPath, '-e', code],
        env: { PATH: process.env.PATH ?? '', RUNE_FAKE_API_KEY: key },
      }).call({
        action: 'ask',
        params: {},
        signal: new AbortController().signal,
        timeoutMs: 20_000,
        workDir,
      }),
    );
    expect(failure.detail).toMatch(/x{900}$/);
    expect(failure.detail).not.toContain('abcdef');
  });

  it('is ended when it floods its stdout', async () => {
    const failure = await failureOf(() => ask('flood', { maxStdoutBytes: 2 * 1024 * 1024 }));
    expect(failure.code).toBe('driver.output_too_large');
    expect(failure.message).toContain('2 MiB');
  });

  it('is ended when it hangs, at its time limit', async () => {
    const file = join(workDir, 'hang.json');
    const started = performance.now();
    const failure = await failureOf(() => ask('hang', { file, timeoutMs: 700 }));
    expect(failure.code).toBe('driver.timeout');
    expect(performance.now() - started).toBeLessThan(2500);
    const { pid = 0 } = await noted(file);
    expect(isRunning(pid)).toBe(false);
  });

  it('is ended on cancel even when it ignores the polite signal', async () => {
    const file = join(workDir, 'stubborn.json');
    const cancel = new AbortController();
    const asked = failureOf(() => ask('stubborn', { file, signal: cancel.signal }));
    const { pid = 0 } = await noted(file);
    expect(isRunning(pid)).toBe(true);
    const started = performance.now();
    cancel.abort();
    expect((await asked).code).toBe('job.cancelled');
    expect(performance.now() - started).toBeLessThan(2500);
    expect(isRunning(pid)).toBe(false);
  });

  it('is ended with everything it started, in its process group or out of it', async () => {
    const file = join(workDir, 'family.json');
    const cancel = new AbortController();
    const asked = failureOf(() => ask('family', { file, signal: cancel.signal }));
    const { pid = 0, near = 0, far = 0 } = await noted(file);
    expect([pid, near, far].map(isRunning)).toEqual([true, true, true]);
    cancel.abort();
    expect((await asked).code).toBe('job.cancelled');
    await expect.poll(() => [pid, near].some(isRunning)).toBe(false);
    if (process.platform === 'linux') await expect.poll(() => isRunning(far)).toBe(false);
    else process.kill(far);
  });

  it('may leave a process behind that holds its pipes: its answer counts, and the process is ended', async () => {
    const file = join(workDir, 'outlived.json');
    const started = performance.now();
    expect(await ask('outlived', { file })).toMatchObject({ answer: 'm: Why?' });
    expect(performance.now() - started).toBeLessThan(5000);
    const { near = 0 } = await noted(file);
    await expect.poll(() => isRunning(near)).toBe(false);
  });

  it('is not started for a call that was cancelled before', async () => {
    const signal = AbortSignal.abort();
    expect((await failureOf(() => ask('good', { signal }))).code).toBe('job.cancelled');
  });

  it('that cannot be started says which program is missing', async () => {
    const transport = createStdioTransport({ driver_name: 'fake', argv: ['no-such-program-here'], env: {} });
    const failure = await failureOf(() =>
      transport.call({
        action: 'ask',
        params: {},
        signal: new AbortController().signal,
        timeoutMs: 5000,
        workDir,
      }),
    );
    expect(failure.code).toBe('driver.spawn_failed');
    expect(failure.message).toContain('"no-such-program-here"');
  });
});
