import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withEngine } from '../support/paid-jobs.ts';
import { startWebProcess } from '../support/web-process.ts';
import { type BenchFigure, figure } from './figure.ts';
import { otlpFigures } from './http-otlp.ts';

const TOKEN = 'token-of-the-bench-0123456789abcdef';
/** Requests a minute and token; what is raised for the bench. */
const RATE_LIMIT = 10_000_000;
const RATE = 2000;
const P99_MS = 20;
const CONNECTIONS = 16;
const SECONDS = 10;
const WATCHERS = 1000;
const RUNNING = 4;

const child = async (name: string, ...args: readonly string[]): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL(name, import.meta.url)), ...args],
    { maxBuffer: 1e8 },
  );
  return JSON.parse(stdout);
};

/** RUNE's API as a process of its own, with its log on, while jobs run in it. */
export async function benchHttp(): Promise<readonly BenchFigure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  await withEngine(dataDir, {}, ({ client }) =>
    client.settings.set({ version: 1, jobs: { concurrency: RUNNING }, demo: { slowness: 20 } }),
  );
  const server = await startWebProcess(
    { RUNE_API_TOKENS: `bench:${TOKEN}`, RUNESCOPE_RATE_LIMIT: String(RATE_LIMIT) },
    dataDir,
  );
  try {
    const base = new URL(server.launchUrl).origin;
    const submit = async (): Promise<string> => {
      const answer = await fetch(`${base}/v1/jobs/agentic-agent`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ backend_type: 'demo', agent: 'prompt', question: 'How fast are you?' }),
      });
      return ((await answer.json()) as { job_id: string }).job_id;
    };
    const statusOf = async (jobId: string): Promise<string> => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      return ((await (await fetch(`${base}/v1/jobs/${jobId}`, { headers })).json()) as { status: string })
        .status;
    };
    const [id = '', ...others] = await Promise.all(Array.from({ length: RUNNING }, submit));
    const load = (await child(
      './http-load.ts',
      `${base}/v1/jobs/${id}`,
      TOKEN,
      String(CONNECTIONS),
      String(SECONDS),
    )) as {
      rate: number;
      p50: number;
      p99: number;
      max: number;
      failed: number;
    };
    const still = await Promise.all([id, ...others].map(statusOf));
    process.stderr.write(
      `HTTP: ${CONNECTIONS} connections for ${SECONDS} s, rate limit raised to ${RATE_LIMIT} a minute; p50 ${load.p50} ms, longest ${load.max} ms; ` +
        `jobs meanwhile: ${still.join(', ')}\n`,
    );
    const ran = still.every((status) => status === 'running');

    for (const other of [id, ...others])
      await fetch(`${base}/v1/jobs/${other}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${TOKEN}` },
      });
    const watched = await submit();
    const seen = (await child(
      './http-watchers.ts',
      `${base}/v1/runs/${watched}/trace`,
      TOKEN,
      String(WATCHERS),
    )) as readonly number[];
    const events = await fetch(`${base}/v1/jobs/${watched}/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const all = ((await events.json()) as { events: readonly unknown[] }).events.length;
    const whole = seen.filter((count) => count === all).length;
    process.stderr.write(`HTTP: ${seen.length} watchers of a job with ${all} events\n`);
    return [
      figure('GET /v1/jobs/{id} while 4 jobs run', load.rate, 'requests/s', {
        target: `>= ${RATE}`,
        met: load.rate >= RATE && load.failed === 0 && ran,
      }),
      figure('GET /v1/jobs/{id} while 4 jobs run, p99', load.p99, 'ms', {
        target: `< ${P99_MS} ms`,
        met: load.p99 < P99_MS,
      }),
      figure('watchers of one job that received every event', whole, 'watchers', {
        target: `${WATCHERS}`,
        met: whole === WATCHERS && all > 0,
      }),
      ...(await otlpFigures()),
    ];
  } finally {
    await server.stop();
  }
}
