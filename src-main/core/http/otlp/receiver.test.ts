import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { SDK_JSON, SDK_PROTOBUF, SDK_SPANS } from '#core/testing/otlp-sdk.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { createHttpBoard } from '../board.ts';
import { createOtlpReceiver } from './receiver.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

function bench(options: { readonly maxWaiting?: number; readonly enabled?: boolean } = {}) {
  const written: OtlpSpanIn[] = [];
  const batches: number[] = [];
  const logged: LogRecord[] = [];
  const disk = { fails: false };
  let settings = settingsSchema.parse({ http: { otlp_in: { enabled: options.enabled ?? true, port: 0 } } });
  let told = (): void => {};
  const board = createHttpBoard({
    get: () => settings,
    onChange: (listener) => {
      told = listener;
    },
  });
  const receiver = createOtlpReceiver({
    board,
    logger: { log: (record) => logged.push(record) },
    maxWaiting: options.maxWaiting,
    write: (spans) => {
      if (disk.fails) throw new Error('The disk is full.');
      written.push(...spans);
      batches.push(spans.length);
    },
  });
  cleanUp.push(() => receiver.close());
  return {
    receiver,
    written,
    batches,
    logged,
    disk,
    status: () => board.status().otlp_in,
    set: (otlp_in: { readonly enabled: boolean; readonly port: number }) => {
      settings = settingsSchema.parse({ http: { otlp_in } });
      told();
      return receiver.settled();
    },
  };
}

async function listening(options?: Parameters<typeof bench>[0]) {
  const made = bench(options);
  await made.receiver.settled();
  const url = made.receiver.endpoint;
  if (url === null) throw new Error(JSON.stringify(made.status()));
  return { ...made, url };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const post = (
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Response> => fetch(`${url}/v1/traces`, { method: 'POST', headers, body });
const protobuf = (): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(SDK_PROTOBUF, 'base64'));
const gzip = (body: string | Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(gzipSync(body));

/** google.rpc.Status. */
function statusOf(bytes: Uint8Array): { readonly code: number; readonly message: string } {
  const reader = new BinaryReader(bytes);
  let code = 0;
  let message = '';
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) code = reader.int32();
    else if (field === 2) message = reader.string();
    else reader.skip(wire);
  }
  return { code, message };
}

const many = (count: number): string =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: Array.from({ length: count }, (_, i) => ({
              traceId: 'a'.repeat(32),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name: 'n',
              startTimeUnixNano: '1000',
              endTimeUnixNano: '2000',
            })),
          },
        ],
      },
    ],
  });

describe('the OTLP receiver', () => {
  it('takes JSON and protobuf, plain and gzipped, and answers in kind', async () => {
    const { url, written, status } = await listening();
    const json = await post(url, SDK_JSON, { 'content-type': 'Application/JSON; charset=utf-8' });
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    const proto = await post(url, protobuf(), PROTOBUF_TYPE);
    expect([proto.status, proto.headers.get('content-type'), (await proto.bytes()).length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
    const zipped = { 'content-encoding': 'gzip' };
    expect((await post(url, gzip(SDK_JSON), { ...JSON_TYPE, ...zipped })).status).toBe(200);
    expect((await post(url, gzip(protobuf()), { ...PROTOBUF_TYPE, ...zipped })).status).toBe(200);
    await sleep(20);
    expect(written).toEqual([...SDK_SPANS, ...SDK_SPANS, ...SDK_SPANS, ...SDK_SPANS]);
    expect(status()).toMatchObject({
      enabled: true,
      url,
      trouble: null,
      received_spans: 8,
      rejected_spans: 0,
    });
  });

  it('says which spans it could not take, and takes the others', async () => {
    const { url, written, status } = await listening();
    const body = SDK_JSON.replace('"spanId":"b7ad6b7169203331"', '"spanId":"short"');
    const json = await post(url, body);
    expect([json.status, await json.json()]).toEqual([
      200,
      {
        partialSuccess: {
          rejectedSpans: '1',
          errorMessage: 'a span id is not 16 hex digits, or all zero',
        },
      },
    ]);
    await sleep(20);
    expect(written.map(({ name }) => name)).toEqual(['chat gpt-4o']);
    expect(status()).toMatchObject({ received_spans: 1, rejected_spans: 1 });
    // The root's span id, which the message of its child names as well, becomes zeros.
    const zeroed = Buffer.from(SDK_PROTOBUF, 'base64');
    zeroed.fill(
      0,
      zeroed.lastIndexOf(Buffer.from('b7ad6b7169203331', 'hex')),
      zeroed.lastIndexOf(Buffer.from('b7ad6b7169203331', 'hex')) + 8,
    );
    const proto = await (await post(url, Uint8Array.from(zeroed), PROTOBUF_TYPE)).bytes();
    expect(Buffer.from(proto).toString('utf8')).toContain('a span id is not 16 hex digits');
  });

  it('refuses in words and in the encoding of the request', async () => {
    const { url, written } = await listening();
    const cases: readonly (readonly [Promise<Response>, status: number, code: number])[] = [
      [post(url, '{"resourceSpans":'), 400, 3],
      [post(url, 'hello'), 400, 3],
      [post(url, SDK_JSON, { 'content-type': 'text/plain' }), 415, 3],
      [post(url, SDK_JSON, { ...JSON_TYPE, 'content-encoding': 'br' }), 415, 3],
      [post(url, SDK_JSON, { ...JSON_TYPE, 'content-encoding': 'gzip' }), 400, 3],
      [post(url, gzip(SDK_JSON).slice(0, -20), { ...JSON_TYPE, 'content-encoding': 'gzip' }), 400, 3],
      [post(url, SDK_JSON, { ...JSON_TYPE, origin: 'https://evil.example' }), 403, 7],
      [fetch(`${url}/v1/metrics`, { method: 'POST', headers: JSON_TYPE, body: '{}' }), 404, 5],
      [fetch(`${url}/v1/traces`), 405, 12],
    ];
    for (const [answer, status, code] of cases) {
      const response = await answer;
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ code, message: expect.stringMatching(/\.$/) });
    }
    const proto = await post(url, Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), PROTOBUF_TYPE);
    expect(proto.status).toBe(400);
    expect(proto.headers.get('content-type')).toBe('application/x-protobuf');
    expect(statusOf(await proto.bytes())).toEqual({ code: 3, message: expect.stringContaining('protobuf') });
    expect((await fetch(`${url}/v1/traces`)).headers.get('allow')).toBe('POST');
    expect(written).toEqual([]);
    // And goes on.
    expect((await post(url, SDK_JSON)).status).toBe(200);
  });

  it('answers to names of this computer only', async () => {
    const { url } = await listening();
    const asked = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const sending = request(
          `${url}/v1/traces`,
          { method: 'POST', headers: { ...JSON_TYPE, host } },
          (answer) => resolve(answer.resume().statusCode ?? 0),
        );
        sending.on('error', reject);
        sending.end(SDK_JSON);
      });
    expect(await asked('rebound.example:4318')).toBe(403);
    expect(await asked('localhost:4318')).toBe(200);
  });

  it('refuses what is too large before and after inflating, and holds no memory for it', async () => {
    const { url } = await listening();
    const bomb = gzip(Buffer.alloc(65 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    expect((await post(url, bomb, { ...JSON_TYPE, 'content-encoding': 'gzip' })).status).toBe(413);
    // Announced only: nothing of it is sent.
    const { port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          `POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${70 * 1024 * 1024}\r\n\r\n`,
        ),
      );
      socket.setEncoding('utf8').once('data', (text: string) => {
        socket.destroy();
        resolve(text);
      });
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it('tells it to who sends everything before reading, and wants the connection closed', async () => {
    const { url } = await listening();
    const part = `100000\r\n${' '.repeat(1024 * 1024)}\r\n`;
    const sender = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1', async () => {
          socket.write(
            'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
          );
          for (let i = 0; i < 72; i++) if (!socket.write(part)) await once(socket, 'drain').catch(reject);
          socket.end('0\r\n\r\n');
        });
        let text = '';
        socket.setEncoding('utf8').on('data', (more: string) => {
          text += more;
        });
        socket.on('error', reject).on('close', () => resolve(text));
      });
    for (const answer of await Promise.all([sender(), sender(), sender()]))
      expect(answer).toMatch(/^HTTP\/1\.1 413 .*Send fewer spans/s);
  });

  it('lets everything else go on while it reads a large body', async () => {
    const { url, batches } = await listening();
    const body = many(60_000);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 2);
    expect((await post(url, body)).status).toBe(200);
    clearInterval(timer);
    await sleep(100);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(60_000);
    expect(Math.max(...batches)).toBeLessThanOrEqual(2000);
    expect(longest).toBeLessThan(250);
  });
});

describe('when the disk does not keep up', () => {
  it('tells senders to come again, keeps what it took, and writes it when it can', async () => {
    const { url, disk, written, status, logged } = await listening({ maxWaiting: 100 });
    disk.fails = true;
    expect((await post(url, many(90))).status).toBe(200);
    const refused = await post(url, many(20));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 14 });
    expect(status()).toMatchObject({ received_spans: 90, deferred_requests: 1 });
    await sleep(50);
    expect(written).toEqual([]);
    expect(logged.some(({ event }) => event === 'otlp.write_failed')).toBe(true);
    disk.fails = false;
    await sleep(400);
    expect(written).toHaveLength(90);
    expect((await post(url, many(20))).status).toBe(200);
  });

  it('takes one request larger than the queue when nothing waits, or it would never be taken', async () => {
    const { url, written } = await listening({ maxWaiting: 100 });
    expect((await post(url, many(500))).status).toBe(200);
    await sleep(50);
    expect(written).toHaveLength(500);
  });

  it('writes what waits before it is gone', async () => {
    const { url, written, receiver } = await listening();
    const sending = Array.from({ length: 5 }, () => post(url, many(3000)));
    const answers = await Promise.all(sending);
    await receiver.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(written).toHaveLength(15_000);
  });

  it('says what is lost when even the end cannot write it', async () => {
    const { url, receiver, disk, logged } = await listening();
    disk.fails = true;
    await post(url, many(3));
    await receiver.close();
    expect(logged.find(({ event }) => event === 'otlp.spans_lost')?.message).toContain('3 spans');
  });
});

describe('settings', () => {
  it('switch it on, off and to another port', async () => {
    const { set, status, receiver } = bench({ enabled: false });
    await receiver.settled();
    expect(status()).toMatchObject({ enabled: false, url: null, trouble: null });
    await set({ enabled: true, port: 0 });
    const first = status().url ?? '';
    expect((await post(first, SDK_JSON)).status).toBe(200);
    await set({ enabled: true, port: 0 });
    expect(status().url).toBe(first);
    await set({ enabled: false, port: 0 });
    expect(status().url).toBeNull();
    await expect(post(first, SDK_JSON)).rejects.toThrow();
    await set({ enabled: true, port: Number(new URL(first).port) });
    expect(status().url).toBe(first);
    expect((await post(first, SDK_JSON)).status).toBe(200);
  });

  it('with a port that is taken are no crash: it is said, and another port helps', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((listens) => squatter.once('listening', listens));
    cleanUp.push(() => void squatter.close());
    const { set, status } = bench({ enabled: false });
    await set({ enabled: true, port: (squatter.address() as AddressInfo).port });
    expect(status()).toMatchObject({ enabled: true, url: null, trouble: { code: 'http.port_taken' } });
    await set({ enabled: true, port: 0 });
    expect(status()).toMatchObject({ trouble: null, url: expect.stringContaining('http://127.0.0.1:') });
  });
});
