import { setTimeout as sleep } from 'node:timers/promises';
import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { openSocketCarrier } from './carriers.ts';
import { backOff, Connection, ConnectionLost } from './connection.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startServer(port = 0): Promise<{ port: number; drop: () => void; stop: () => Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  await new Promise((ready) => server.once('listening', ready));
  const handler = new RPCHandler({
    app: {
      info: os.handler(() => ({ version: '1' })),
    },
    backends: { discover: os.handler(() => new Promise(() => {})) },
  });
  server.on('connection', (socket: ServerSocket) => void handler.upgrade(socket));
  const drop = (): void => {
    for (const client of server.clients) client.terminate();
  };
  let stopped = false;
  const stop = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    stopped = true;
    drop();
    return new Promise((done) => server.close(() => done()));
  };
  ends.push(stop);
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, drop, stop };
}

function connectTo(port: number): Connection {
  const connection = new Connection(
    () => openSocketCarrier(`ws://127.0.0.1:${port}/rpc`),
    () => sleep(20),
  );
  ends.push(() => connection.dispose());
  return connection;
}

const phase = async (connection: Connection, wanted: string): Promise<void> => {
  while (connection.state().phase !== wanted) await sleep(5);
};

describe('a connection', () => {
  it('lets calls wait for its first carrier', async () => {
    const { port } = await startServer();
    const connection = connectTo(port);
    expect(connection.state().phase).toBe('connecting');
    await expect(connection.client.app.info()).resolves.toEqual({ version: '1' });
    expect(connection.state()).toEqual({ phase: 'open', attempts: 0 });
  });

  it('says that it reconnects, and works again after', async () => {
    const { port, drop } = await startServer();
    const connection = connectTo(port);
    await connection.client.app.info();
    const phases: string[] = [];
    connection.subscribe(() => phases.push(connection.state().phase));
    drop();
    await phase(connection, 'reconnecting');
    await expect(connection.client.app.info()).resolves.toEqual({ version: '1' });
    expect(phases).toEqual(['reconnecting', 'open']);
  });

  it('fails the calls under way as lost, so that they may be asked again', async () => {
    const { port, drop } = await startServer();
    const connection = connectTo(port);
    await connection.client.app.info();
    const hanging = connection.client.backends.discover();
    await sleep(50);
    drop();
    await expect(hanging).rejects.toBeInstanceOf(ConnectionLost);
  });

  it('counts attempts while nobody answers, and gives a call up in the end', async () => {
    const { port, stop } = await startServer();
    const connection = connectTo(port);
    await connection.client.app.info();
    await stop();
    await phase(connection, 'reconnecting');
    await expect(connection.ready(200)).rejects.toBeInstanceOf(ConnectionLost);
    expect(connection.state().attempts).toBeGreaterThan(1);
    await startServer(port);
    await expect(connection.client.app.info()).resolves.toEqual({ version: '1' });
  });
});

it('waits longer after each failure, five seconds at most', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(backOff)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});
