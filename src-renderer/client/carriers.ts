import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Carrier } from './connection.ts';

const HANDSHAKE_MS: Milliseconds = 5_000;

/** Resolves when the socket is open; rejects when it closes before. */
export function openSocketCarrier(url: string): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let closed = false;
    // Before the link's own listener, so that a rejected call already finds the carrier closed.
    const whenClosed = new Promise<void>((done) => {
      socket.addEventListener('close', () => {
        closed = true;
        reject(new Error('The socket closed.'));
        done();
      });
    });
    const link = new SocketLink({ websocket: socket });
    socket.addEventListener('open', () =>
      resolve({ link, closed: whenClosed, isClosed: () => closed, close: () => socket.close() }),
    );
  });
}

/**
 * Asks the preload script for a port to the engine: this page posts `runescope:ready`, the preload answers with
 * `runescope:port` and the port.
 */
export function openPortCarrier(page: Window): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      page.removeEventListener('message', onMessage);
      reject(new Error('The preload script handed over no port.'));
    }, HANDSHAKE_MS);
    function onMessage(event: MessageEvent<unknown>): void {
      const port = event.ports[0];
      if (event.source !== page || event.data !== 'runescope:port' || port === undefined) return;
      clearTimeout(timer);
      page.removeEventListener('message', onMessage);
      resolve(portCarrier(port));
    }
    page.addEventListener('message', onMessage);
    page.postMessage('runescope:ready', page.location.origin === 'null' ? '*' : page.location.origin);
  });
}

function portCarrier(port: MessagePort): Carrier {
  let closed = false;
  let end = (): void => {};
  const whenClosed = new Promise<void>((done) => {
    end = () => {
      closed = true;
      done();
    };
  });
  port.addEventListener('close', end);
  const link = new PortLink({ port });
  port.start();
  return {
    link,
    closed: whenClosed,
    isClosed: () => closed,
    close: () => {
      port.close();
      end();
    },
  };
}
