import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRoute } from './seams.ts';
import { startHttpServer } from './server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const logger = { log: () => {} };

async function start(route: HttpRoute) {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, routes: [route] }, logger);
  closers.push(() => server.close(0));
  return server;
}

const read = (url: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });

describe('a server', () => {
  it('answers what no route takes, and what a route fails at, in JSON', async () => {
    const { url } = await start(async (request) => {
      if (request.url === '/bug') throw new Error('with details');
      return false;
    });
    expect(await read(`${url}/nothing`)).toEqual({ status: 404, text: '{"error":"not found"}' });
    expect(await read(`${url}/bug`)).toEqual({ status: 500, text: '{"error":"internal error"}' });
  });

  it('answers what is under way before it closes, and nothing new', async () => {
    let answer: () => void = () => {};
    let begun: () => void = () => {};
    const underway = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const server = await start(async (_request, response) => {
      answer = () => response.end('late');
      begun();
      return true;
    });
    const one = read(server.url);
    await underway;
    const closed = server.close(5000);
    await expect(read(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer();
    expect(await one).toEqual({ status: 200, text: 'late' });
    await closed;
  });

  it('waits no longer than it was told', async () => {
    const server = await start(async () => true);
    const one = read(server.url).catch((thrown: NodeJS.ErrnoException) => thrown.code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    await server.close(100);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await one).toBe('ECONNRESET');
  });

  it('says in a code why it cannot listen', async () => {
    const { url } = await start(async () => false);
    const port = Number(new URL(url).port);
    await expect(startHttpServer({ host: '127.0.0.1', port, routes: [] }, logger)).rejects.toMatchObject({
      code: 'http.port_taken',
    });
    await expect(startHttpServer({ host: '203.0.113.1', port: 0, routes: [] }, logger)).rejects.toMatchObject(
      {
        code: 'http.refused',
      },
    );
  });
});
