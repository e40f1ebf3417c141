import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Client } from '#core/engine.ts';
import { NONCE_PLACEHOLDER } from '#hosts/shared/page-policy.ts';
import { SOCKET_LIMITS } from '#hosts/shared/rpc-socket.ts';
import { memoryLogger, type TinyEngine, tinyEngine } from '#hosts/shared/testing/tiny-engine.ts';
import { startWebHost, type WebHost, type WebHostOptions } from './server.ts';

const PAGE = `<!doctype html><meta property="csp-nonce" nonce="${NONCE_PLACEHOLDER}"><script src="./assets/a-1.js"></script>`;
let host: WebHost;
let engine: TinyEngine;
let port: number;
let outside: string;

async function start(more: Partial<WebHostOptions> = {}): Promise<void> {
  outside = mkdtempSync(join(tmpdir(), 'runescope-web-'));
  const rendererDir = join(outside, 'renderer');
  mkdirSync(join(rendererDir, 'assets'), { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), 'outside');
  writeFileSync(join(rendererDir, 'index.html'), PAGE);
  writeFileSync(join(rendererDir, 'assets', 'a-1.js'), 'let a;');
  writeFileSync(join(rendererDir, 'favicon.svg'), '<svg/>');
  engine = tinyEngine();
  host = await startWebHost({ engine, logger: memoryLogger(), port: 0, page: { rendererDir }, ...more });
  port = Number(new URL(host.url).port);
}
beforeEach(() => start());
afterEach(() => host.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path byte for byte: no client tidies it up on the way. */
function call(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject).end();
  });
}

async function letIn(): Promise<string> {
  const { headers } = await call(new URL(host.newLaunchUrl()).href.slice(host.url.length - 1));
  return headers['set-cookie']?.[0]?.split(';')[0] ?? 'none';
}

/** The status with which a socket was refused, or 101. */
async function openSocket(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
  socket.terminate();
  return status;
}

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => undefined);
  });
}

const own = (): string => `http://127.0.0.1:${port}`;

async function client(): Promise<{ rpc: Client; socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
    headers: { cookie: await letIn(), origin: own() },
  });
  socket.binaryType = 'arraybuffer';
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { rpc: createORPCClient(link), socket };
}

describe('letting a browser in', () => {
  it('exchanges the launch token once for a strict cookie and a clean address', async () => {
    const path = host.launchUrl.slice(host.url.length - 1);
    const first = await call(path);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']).toEqual([
      expect.stringMatching(new RegExp(`^runescope_${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`)),
    ]);
    expect((await call(path)).status).toBe(401);
    expect((await call(`/?token=${'A'.repeat(43)}`)).status).toBe(401);
  });

  it('is not used up by a browser that loads ahead or only asks for headers', async () => {
    const path = host.launchUrl.slice(host.url.length - 1);
    expect((await call(path, { 'sec-purpose': 'prefetch;prerender' })).status).toBe(401);
    expect((await call(path, {}, 'HEAD')).status).toBe(401);
    expect((await call(path)).status).toBe(303);
  });

  it('refuses page, files and socket without the cookie or with a guessed one', async () => {
    for (const cookie of [undefined, `runescope_${port}=x`, `runescope_${port}=`, `other=1`]) {
      const headers = cookie === undefined ? {} : { cookie };
      expect((await call('/', headers)).status).toBe(401);
      expect((await call('/assets/a-1.js', headers)).status).toBe(401);
      expect(await openSocket({ ...headers, origin: own() })).toBe(401);
    }
  });

  it('gives every browser a link of its own', async () => {
    expect(await letIn()).not.toBe(await letIn());
    const cookie = await letIn();
    expect((await call(host.launchUrl.slice(host.url.length - 1), { cookie })).status).toBe(303);
  });
});

describe('what a page of another site could send', () => {
  it('is refused by its Host', async () => {
    const cookie = await letIn();
    for (const name of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1']) {
      expect((await call('/', { cookie, host: name })).status).toBe(403);
      expect(await openSocket({ cookie, host: name, origin: `http://${name}` })).toBe(403);
    }
    expect((await call('/', { cookie, host: 'localhost:8080' })).status).toBe(200);
    expect(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n`)).toMatch(/ 40[03] /);
    expect(await raw(`GET / HTTP/1.1\r\n\r\n`)).toMatch(/ 400 /);
  });

  it('is refused by its Origin, on the socket and elsewhere', async () => {
    const cookie = await letIn();
    for (const origin of [
      'http://evil.example',
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
      'null',
    ]) {
      expect(await openSocket({ cookie, origin })).toBe(403);
      expect((await call('/', { cookie, origin })).status).toBe(403);
      expect((await call('/', { cookie, origin }, 'POST')).status).toBe(403);
    }
    expect(await openSocket({ cookie })).toBe(403);
    expect(await openSocket({ cookie, origin: own() })).toBe(101);
  });

  it('is refused when another site embeds a file', async () => {
    const cookie = await letIn();
    const embedding = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    expect((await call('/assets/a-1.js', embedding)).status).toBe(403);
  });
});

describe('page and files', () => {
  it('carry a strict policy, whose nonce is in the page and new each time', async () => {
    const cookie = await letIn();
    const nonces = new Set<string>();
    for (let i = 0; i < 3; i += 1) {
      const { headers, body } = await call('/', { cookie });
      const policy = String(headers['content-security-policy']);
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${port};`);
      expect(body).toContain(`nonce="${nonce}"`);
      expect(body).not.toContain(NONCE_PLACEHOLDER);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  it('carry the hardening headers, whatever the answer', async () => {
    const cookie = await letIn();
    for (const path of ['/', '/assets/a-1.js', '/nothing', '/rpc']) {
      expect((await call(path, { cookie })).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
    }
    expect(JSON.stringify((await call('/', { cookie })).headers)).not.toMatch(/access-control|x-powered/);
  });

  it('are cached for good where their name has a hash, and only there', async () => {
    const cookie = await letIn();
    const asset = await call('/assets/a-1.js', { cookie });
    expect([asset.status, asset.body, asset.headers['content-type']]).toEqual([
      200,
      'let a;',
      'text/javascript; charset=utf-8',
    ]);
    expect(asset.headers['cache-control']).toContain('immutable');
    expect((await call('/', { cookie })).headers['cache-control']).toBe('no-store');
    expect((await call('/favicon.svg', { cookie })).headers['cache-control']).toBe('no-cache');
  });

  it('never lead out of their folder', async () => {
    const cookie = await letIn();
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/..\\secret.txt',
      '//../secret.txt',
      '/assets/a-1.js/../../../secret.txt',
      '/assets',
      '/assets/a-1.js%00',
      `${own()}/../secret.txt`,
    ]) {
      const { status, body } = await call(path, { cookie });
      expect([path, status]).toEqual([path, 404]);
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'access.denied' } });
    }
  });

  it('say in words that nothing was built', async () => {
    await host.close();
    await start({ page: { rendererDir: join(tmpdir(), 'no-such-build') } });
    const { status, body } = await call('/', { cookie: await letIn(), 'sec-fetch-mode': 'navigate' });
    expect(status).toBe(503);
    expect(body).toBe('The page was not built: run npm run build.\n');
  });
});

describe('limits', () => {
  it('serves no method but GET and HEAD', async () => {
    const cookie = await letIn();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await call('/', { cookie, origin: own() }, method);
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
    expect(await call('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('refuses endless headers and two readings of one length', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      / 431 /,
    );
    const smuggled =
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await raw(`${smuggled}0\r\n\r\nGET /secret HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw('nonsense\r\n\r\n')).toMatch(/ 400 /);
  });

  it('ends a connection after a refused request, so that its body is never read as a second one', async () => {
    const body = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const text = await raw(
      `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('listens on the loopback address only', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4');
    for (const address of others) {
      const socket = connect(port, address?.address);
      const [outcome] = await Promise.race([
        once(socket, 'connect').then(() => ['connected']),
        new Promise<string[]>((resolve) => socket.once('error', () => resolve(['refused']))),
      ]);
      socket.destroy();
      expect(outcome).toBe('refused');
    }
  });
});

describe('the contract over the socket', () => {
  it('carries calls, coded failures, bytes and streams', async () => {
    const { rpc, socket } = await client();
    expect(await rpc.app.info()).toMatchObject({ version: '1.2.3' });
    await expect(rpc.jobs.cancel({ job_id: 'j' })).rejects.toMatchObject({
      code: 'FAILED',
      data: { code: 'job.not_found' },
    });
    const bytes = await (await rpc.trace.columns({ job_id: 'j' })).arrayBuffer();
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 3, 254]);
    const seen: number[] = [];
    for await (const batch of await rpc.live.watch({})) seen.push(batch.seq);
    expect(seen).toEqual([0, 1, 2]);
    socket.terminate();
  });

  it('keeps the details of a bug to the log', async () => {
    const { rpc, socket } = await client();
    const failed = await rpc.jobs.get({ job_id: 'j' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    expect(JSON.stringify(failed)).not.toContain('a bug with details');
    socket.terminate();
  });

  it('ends its streams when the browser goes away', async () => {
    engine = tinyEngine({ batches: 100_000 });
    await host.close();
    await restartWith(engine);
    const { rpc, socket } = await client();
    const stream = await rpc.live.watch({});
    await stream.next();
    expect(engine.streamsOpen()).toBe(1);
    socket.terminate();
    await expect.poll(() => engine.streamsOpen()).toBe(0);
  });

  it('turns away more connections than it keeps, and survives what one of those still sends', async () => {
    await host.close();
    await start({ limits: { ...SOCKET_LIMITS, maxConnections: 1 } });
    const { rpc, socket } = await client();
    const headers = { cookie: await letIn(), origin: own() };
    const second = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers });
    const closed = once(second, 'close');
    second.once('upgrade', (response) => response.socket.write(Buffer.alloc(64, 0xff)));
    expect((await closed)[0]).toBe(1013);
    await new Promise((later) => setTimeout(later, 50));
    expect(await rpc.app.info()).toMatchObject({ version: '1.2.3' });
    socket.terminate();
  });

  it('makes no more than its reader reads, and cuts off one that stopped reading', async () => {
    engine = tinyEngine({ batches: 100_000, jobsPerBatch: 512 * 1024 });
    await host.close();
    await restartWith(engine, 500);
    const { rpc, socket } = await client();
    const stream = await rpc.live.watch({});
    await stream.next();
    socket.pause();
    await new Promise((later) => setTimeout(later, 250));
    const made = engine.batchesMade();
    // What fits into the kernel's socket buffers, a few MB.
    expect(made).toBeLessThan(60);
    await new Promise((later) => setTimeout(later, 150));
    expect(engine.batchesMade()).toBe(made);
    await expect.poll(() => engine.streamsOpen(), { timeout: 3000 }).toBe(0);
    socket.terminate();
  });

  it('refuses a message above its limit by closing the socket', async () => {
    await host.close();
    await start({ limits: { ...SOCKET_LIMITS, maxPayloadBytes: 1000 } });
    const { socket } = await client();
    socket.on('error', () => undefined);
    socket.send('x'.repeat(2000));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
  });

  it('says goodbye when the host closes', async () => {
    const { socket } = await client();
    const closed = once(socket, 'close');
    await host.close();
    expect((await closed)[0]).toBe(1001);
    await expect(call('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await start();
  });
});

async function restartWith(next: TinyEngine, stallMs = SOCKET_LIMITS.stallMs): Promise<void> {
  await start({ engine: next, limits: { ...SOCKET_LIMITS, stallMs } });
  engine = next;
}
