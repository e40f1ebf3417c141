import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryLogger, tinyEngine } from '#hosts/shared/testing/tiny-engine.ts';
import { socketAddress } from './address.ts';
import { askOwnerToShow, connectLocal } from './connect.ts';
import { type LocalServer, serveLocal } from './serve.ts';

let dataDir: string;
const open: LocalServer[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'runescope-data-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(show?: () => Promise<string | null>): Promise<LocalServer> {
  const server = await serveLocal(tinyEngine(), dataDir, { logger: memoryLogger(), show });
  open.push(server);
  return server;
}

describe('the local socket', () => {
  it('carries the contract between processes: calls, failures, bytes, streams', async () => {
    const { address } = await serve();
    const { client, close } = await connectLocal(address);
    expect(await client.app.info()).toMatchObject({ version: '1.2.3' });
    await expect(client.jobs.cancel({ job_id: 'j' })).rejects.toMatchObject({
      data: { code: 'job.not_found' },
    });
    const bytes = await (await client.trace.columns({ job_id: 'j' })).arrayBuffer();
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 3, 254]);
    const seen: number[] = [];
    for await (const batch of await client.live.watch({})) seen.push(batch.seq);
    expect(seen).toEqual([0, 1, 2]);
    await close();
  });

  it('is open to its user only, and its path is short however long the data directory is', async () => {
    dataDir = join(dataDir, 'x'.repeat(200));
    mkdirSync(dataDir);
    const { address } = await serve();
    expect(Buffer.byteLength(address)).toBeLessThanOrEqual(103);
    expect(statSync(address).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(address)).mode & 0o777).toBe(0o700);
  });

  it('takes the place of a socket that a killed owner left', async () => {
    const address = socketAddress(dataDir);
    writeFileSync(address, '');
    expect((await serve()).address).toBe(address);
    const { client, close } = await connectLocal(address);
    expect(await client.app.info()).toMatchObject({ version: '1.2.3' });
    await close();
  });

  it('never uses a folder that somebody else prepared', () => {
    const base = mkdtempSync(join(tmpdir(), 'runescope-base-'));
    const wide = join(base, `runescope-${process.getuid?.()}`);
    symlinkSync(mkdtempSync(join(tmpdir(), 'runescope-trap-')), wide);
    const address = socketAddress(dataDir, { XDG_RUNTIME_DIR: base });
    expect(address.startsWith(`${wide}/`)).toBe(false);
    expect(dirname(dirname(address))).toBe(base);
  });

  it('gives a coded failure when nobody listens, and ends calls when the owner goes', async () => {
    await expect(connectLocal(join(dataDir, 'none.sock'))).rejects.toMatchObject({
      code: 'engine.already_running',
    });
    const server = await serve();
    const { client } = await connectLocal(server.address);
    const stream = await client.live.watch({});
    open.splice(0);
    await server.close();
    await expect(client.app.info()).rejects.toThrow();
    await stream.return?.(undefined);
    expect(existsSync(server.address)).toBe(false);
  });

  it('refuses what was forwarded from a browser', async () => {
    const { address } = await serve();
    const socket = connect(address);
    socket.write(
      'GET /rpc HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 404 /);
    socket.destroy();
  });
});

describe('asking the owner to show itself', () => {
  it('gives the URL of a web app, or null when a window came to the front', async () => {
    const urls: (string | null)[] = ['http://127.0.0.1:1/?token=t', null];
    const { address } = await serve(async () => urls.shift() ?? null);
    expect(await askOwnerToShow(address)).toBe('http://127.0.0.1:1/?token=t');
    expect(await askOwnerToShow(address)).toBeNull();
  });

  it('says so when the owner is a command with nothing to show', async () => {
    const { address } = await serve();
    await expect(askOwnerToShow(address)).rejects.toThrow('A Runescope command is at work');
  });
});
