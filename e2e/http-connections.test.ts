import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  as,
  DEMO,
  type HostileBench,
  JOB,
  type Json,
  OURS,
  openHostileBench,
} from './support/hostile-bench.ts';
import { dial, parseAnswer, type RawConnection, requestBytes, sendRaw } from './support/raw-http.ts';

const MIB = 1024 * 1024;
/** Each of the ways to hold a connection without ever finishing. */
const SLOW_WAYS = [
  'GET /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-',
  `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${OURS}\r\nContent-Length: 100000\r\n\r\n{`,
  `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n{`,
];
const SLOW = 60;

let bench: HostileBench;
let slow: readonly { readonly begunMs: number; readonly connection: RawConnection; endedMs: number | null }[];
beforeAll(async () => {
  bench = await openHostileBench();
  // They stay while every other test runs; the last one sees how they ended.
  slow = Array.from({ length: SLOW }, (_, i) => {
    const connection = dial(bench.port);
    const one = { begunMs: performance.now(), connection, endedMs: null as number | null };
    connection.socket.write(SLOW_WAYS[i % SLOW_WAYS.length] ?? '');
    const drip = setInterval(() => connection.socket.writable && connection.socket.write('a'), 500);
    void connection.closed.then(() => {
      clearInterval(drip);
      one.endedMs = performance.now();
    });
    return one;
  });
});
afterAll(() => bench.stop());
afterEach(() => bench.expectWell());

describe('a connection', () => {
  const flood = (count: number, value: string): string =>
    Array.from({ length: count }, (_, i) => `X-${i}: ${value}\r\n`).join('');

  it.each([
    ['thousands of headers', `GET /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n${flood(20_000, 'y')}\r\n`, 431],
    ['one endless header', `GET /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'y'.repeat(MIB)}\r\n\r\n`, 431],
    ['an endless address', `GET /v1/jobs?${'y'.repeat(MIB)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 431],
    ['an endless method', `${'G'.repeat(MIB)} / HTTP/1.1\r\n\r\n`, 400],
    ['no Host', 'GET /v1/jobs HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'a header that is folded',
      'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\nConnection: close\r\n\r\n',
      400,
    ],
    ['a name with a space', 'GET /v1/jobs HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n', 400],
    [
      'two lengths',
      `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      400,
    ],
    [
      'another coding',
      `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked, x\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['no protocol', 'GET /v1/jobs\r\n\r\n', 403],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex'), 400],
    ['nothing but zeros', Buffer.alloc(64 * 1024), 400],
  ])('with %s is refused and closed', async (_what, bytes, status) => {
    const answer = parseAnswer(await sendRaw(bench.port, bytes));
    // Who is cut off while still sending may not see why.
    expect(answer.status === 0 ? status : answer.status).toBe(status);
  });

  it('is no tunnel, and becomes no other protocol', async () => {
    for (const path of ['evil.example:443', '127.0.0.1:22'])
      expect(
        parseAnswer(await sendRaw(bench.port, `CONNECT ${path} HTTP/1.1\r\nHost: ${path}\r\n\r\n`)).status,
      ).not.toBe(200);
    for (const protocol of ['h2c', 'websocket', 'TLS/1.0']) {
      const headers = {
        Connection: 'Upgrade',
        Upgrade: protocol,
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version': '13',
      };
      for (const path of ['/rpc', '/v1/jobs'])
        expect(
          (await bench.send({ path, headers: as(OURS, headers) })).status,
          `${protocol} ${path}`,
        ).not.toBe(101);
    }
  });

  it('with a second request hidden in the first is answered once for each that is one', async () => {
    const hidden = `DELETE /v1/jobs/${bench.kept.id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    for (const bytes of [
      `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${OURS}\r\nContent-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST ${JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${OURS}\r\nTransfer-Encoding: chunked\r\n\r\n0;x\n\r\n\r\n${hidden}`,
    ])
      expect(await sendRaw(bench.port, bytes, 1500)).not.toContain(' 200 ');
    // Pipelined: as many answers as requests, in their order, each with its own token or none.
    const two = [
      requestBytes({ path: '/v1/jobs?limit=1', headers: as(OURS, { Connection: 'keep-alive' }) }),
      requestBytes({ path: `/v1/jobs/${bench.kept.id}` }),
    ];
    const answers = await sendRaw(bench.port, Buffer.concat(two));
    expect([...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)).toEqual([
      '200',
      expect.stringMatching(/^4(01|29)$/),
    ]);
  });

  it('whose body has no end costs its sender the answer, and us no memory', async () => {
    const before = bench.memoryMib();
    const chunk = Buffer.from(`${(256 * 1024).toString(16)}\r\n${'x'.repeat(256 * 1024)}\r\n`);
    const head = requestBytes({
      method: 'POST',
      path: JOB,
      headers: as(OURS, { 'Transfer-Encoding': 'chunked' }),
    })
      .toString('latin1')
      .replace(/Content-Length: \d+\r\n/, '');
    const sent = Promise.all(
      Array.from({ length: 12 }, async () =>
        parseAnswer(
          await sendRaw(bench.port, [head, ...Array.from({ length: 120 }, () => chunk), '0\r\n\r\n'], 15_000),
        ),
      ),
    );
    const waits: number[] = [];
    let over = false;
    const watched = (async () => {
      while (!over) {
        const begunMs = performance.now();
        expect((await bench.send({ path: '/v1/jobs', headers: as(OURS) })).status).toBe(200);
        waits.push(performance.now() - begunMs);
        await sleep(20);
      }
    })();
    const answers = await sent;
    over = true;
    await watched;
    for (const { status, body } of answers) {
      expect(status).toBe(413);
      expect(body).toContain('10 MiB');
    }
    expect(Math.max(...waits)).toBeLessThan(2000);
    // Twelve times 30 MiB were sent.
    expect(bench.memoryMib() - before).toBeLessThan(250);
  });

  it('that breaks off has its job once or not at all, and the same key finds it', async () => {
    const before = Number(await bench.total());
    const keys = Array.from({ length: 24 }, (_, i) => `broken-off-${i}`);
    await Promise.all(
      keys.map(async (key, i) => {
        const bytes = requestBytes({
          method: 'POST',
          path: JOB,
          headers: as(OURS, { 'Idempotency-Key': key }),
          body: JSON.stringify(DEMO),
        });
        const { socket, closed } = dial(bench.port);
        socket.write(i % 3 === 0 ? bytes.subarray(0, bytes.length - 5) : bytes);
        await sleep(i);
        socket.resetAndDestroy();
        await closed;
      }),
    );
    const made = Number(await bench.total()) - before;
    expect(made).toBeLessThanOrEqual(16);
    const ids = await Promise.all(keys.map((key) => bench.submit({ 'Idempotency-Key': key })));
    expect(new Set(ids).size).toBe(keys.length);
    expect(Number(await bench.total()) - before).toBe(keys.length);
    for (const id of ids) await expect.poll(() => bench.statusOf(id), { timeout: 30_000 }).toBe('succeeded');
  });

  it('that never reads what it asks for holds nobody up', async () => {
    const before = bench.memoryMib();
    const deaf = Array.from({ length: 40 }, () => {
      const one = dial(bench.port);
      one.socket.pause();
      const request = requestBytes({ path: '/v1/openapi.json', headers: { Connection: 'keep-alive' } });
      one.socket.write(Buffer.concat(Array.from({ length: 200 }, () => request)));
      return one;
    });
    await sleep(1000);
    const begunMs = performance.now();
    expect(await bench.total()).toBeGreaterThan(0);
    expect(performance.now() - begunMs).toBeLessThan(2000);
    expect(bench.memoryMib() - before).toBeLessThan(300);
    for (const { socket } of deaf) socket.destroy();
  });
});

describe('at the end', () => {
  it('who was slow was cut off in time, and everything that was accepted is there after a restart', async () => {
    await expect
      .poll(() => slow.filter(({ endedMs }) => endedMs === null).length, { timeout: 30_000, interval: 250 })
      .toBe(0);
    for (const { begunMs, endedMs, connection } of slow) {
      expect((endedMs ?? 0) - begunMs).toBeLessThan(30_000);
      expect(parseAnswer(connection.text()).status).toBeGreaterThanOrEqual(400);
    }
    const jobs = await bench.ask({ path: '/v1/jobs?limit=1000' });
    const first = bench.server;
    await bench.restart();
    const lines = first
      .stderr()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Json);
    // A bug would be one of these; whatever was sent, there was none.
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ event: 'engine.stopped' });
    expect(first.stderr()).not.toContain(OURS);

    expect(await bench.ask({ path: '/v1/jobs?limit=1000' })).toEqual(jobs);
    const db = new DatabaseSync(join(bench.server.dataDir, 'runescope.db'), { readOnly: true });
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    db.close();
  });
});
