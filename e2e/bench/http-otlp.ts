import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';
import { EXTERNAL } from '#shared/model/source.ts';
import { type BenchFigure, figure } from './figure.ts';

const SPANS = 200_000;
/** OpenTelemetry's batch processor sends so many at once. */
const PER_REQUEST = 512;
const SENDERS = 4;
const TARGET = 20_000;

interface Task {
  readonly url: string;
}
interface Sent {
  readonly requests: number;
  readonly deferred: number;
}

if (parentPort !== null) {
  const sent = await sendAll((workerData as Task).url);
  parentPort.postMessage(sent);
}

/** Spans a second over HTTP until the last is on the disk, and the longest that the receiver's thread was held up. */
export async function otlpFigures(): Promise<readonly BenchFigure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  const set = testPorts({ dataDir });
  const engine = await createEngine(set.ports, { mode: 'own' });
  try {
    await engine.client.settings.set({ version: 1, http: { otlp_in: { enabled: true, port: 0 } } });
    let url: string | null = null;
    while (url === null) {
      url = (await engine.client.http.status()).otlp_in.url;
      await new Promise((done) => setTimeout(done, 5));
    }
    const held = watchThread();
    const began = performance.now();
    const sent = await senderThread(url);
    const answeredMs = performance.now() - began;
    let kept = 0;
    while (kept < SPANS && performance.now() - began < 120_000) {
      const { jobs } = await engine.client.jobs.list({ source: EXTERNAL, limit: 500 });
      kept = jobs.reduce((sum, { span_count }) => sum + span_count, 0);
      await new Promise((done) => setTimeout(done, 20));
    }
    const writtenMs = performance.now() - began;
    const longest = held();
    const rate = Math.round((kept / writtenMs) * 1000);
    process.stderr.write(
      `OTLP: ${kept} of ${SPANS} spans, ${sent.requests} requests, ${sent.deferred} told to come again, ` +
        `answered after ${Math.round(answeredMs)} ms, written after ${Math.round(writtenMs)} ms\n`,
    );
    return [
      figure('OTLP in over HTTP, until written', rate, 'spans/s', {
        target: `>= ${TARGET}`,
        met: rate >= TARGET && kept === SPANS,
      }),
      figure('OTLP in, spans lost', SPANS - kept, 'spans', { target: '0', met: kept === SPANS }),
      figure('OTLP in, longest stop of the receiving thread', Math.round(longest), 'ms', {
        target: '< 250',
        met: longest < 250,
      }),
    ];
  } finally {
    await engine.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function watchThread(): () => number {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** In a thread of its own, as a sender is another process. */
function senderThread(url: string): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { url } satisfies Task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function sendAll(url: string): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const bodies = Array.from({ length: Math.ceil(SPANS / PER_REQUEST) }, (_, i) =>
    Buffer.from(bodyOf(i, Math.min(PER_REQUEST, SPANS - i * PER_REQUEST))),
  );
  let next = 0;
  let deferred = 0;
  const sender = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      for (;;) {
        const { status, retryAfter } = await post(`${url}/v1/traces`, body, agent);
        if (status === 200) break;
        if (status !== 429 && status !== 503) throw new Error(`The receiver said ${status}.`);
        deferred++;
        await new Promise((done) => setTimeout(done, retryAfter * 1000));
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  agent.destroy();
  return { requests: bodies.length, deferred };
}

function post(
  url: string,
  body: Buffer,
  agent: Agent,
): Promise<{ readonly status: number; readonly retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sending = request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: Number(response.headers['retry-after'] ?? 1),
        }),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Model calls of agents, 512 a trace, with what such spans carry. */
function bodyOf(batch: number, count: number): string {
  const at = 1_790_000_000_000_000_000n + BigInt(batch) * 1_000_000_000n;
  const spans = Array.from({ length: count }, (_, i) => {
    const n = batch * PER_REQUEST + i;
    const trace = Math.floor(n / 512) + 1;
    return {
      traceId: trace.toString(16).padStart(32, 'a'),
      spanId: (n + 1).toString(16).padStart(16, '0'),
      parentSpanId: n % 64 === 0 ? '' : (n - (n % 64) + 1).toString(16).padStart(16, '0'),
      name: 'chat llama3.1:8b',
      kind: 3,
      startTimeUnixNano: String(at + BigInt(i) * 1_000_000n),
      endTimeUnixNano: String(at + BigInt(i) * 1_000_000n + 900_000n),
      attributes: [
        { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
        { key: 'gen_ai.provider.name', value: { stringValue: 'ollama' } },
        { key: 'gen_ai.request.model', value: { stringValue: 'llama3.1:8b' } },
        { key: 'gen_ai.usage.input_tokens', value: { intValue: String(n % 4096) } },
        { key: 'gen_ai.usage.output_tokens', value: { intValue: String(n % 512) } },
        { key: 'server.address', value: { stringValue: '127.0.0.1' } },
      ],
    };
  });
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bench-agent' } }] },
        scopeSpans: [{ scope: { name: 'bench' }, spans }],
      },
    ],
  });
}
