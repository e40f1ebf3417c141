import { request } from 'node:http';
import { connect } from 'node:net';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Client } from '#core/engine.ts';
import { CodedError } from '#shared/model/failure.ts';
import { RPC_PATH, SHOW_PATH } from './serve.ts';

export interface LocalConnection {
  readonly client: Client;
  close(): Promise<void>;
}

const CONNECT_MS = 5000;
const MAX_ANSWER = 4096;

const unreachable = (address: string, cause: unknown): CodedError =>
  new CodedError('engine.already_running', `Runescope is running but does not answer at ${address}.`, {
    cause,
    retryable: true,
  });

/** Reaches the owner of a data directory at the address it announced. Calls fail when the owner goes away. */
export async function connectLocal(address: string): Promise<LocalConnection> {
  const socket = new WebSocket(`ws://localhost${RPC_PATH}`, {
    createConnection: () => connect(address),
    handshakeTimeout: CONNECT_MS,
    perMessageDeflate: false,
    maxPayload: 1024 * 1024 * 1024,
  });
  await new Promise<void>((open, failed) => {
    socket.once('open', open);
    socket.once('error', (error) => failed(unreachable(address, error)));
  });
  socket.on('error', () => socket.terminate());
  // The link reads `data` as a browser's socket would give it.
  socket.binaryType = 'arraybuffer';
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return {
    client: createORPCClient(link),
    close: () =>
      new Promise((closed) => {
        if (socket.readyState === WebSocket.CLOSED) return closed();
        socket.once('close', () => closed());
        socket.close();
      }),
  };
}

const shown = z.object({ url: z.string().max(2048).nullable() });

/** Asks the owner to show itself. Null: its window came to the front; else the URL to open. */
export function askOwnerToShow(address: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath: address, path: SHOW_PATH, method: 'POST', timeout: CONNECT_MS },
      (answer) => {
        if (answer.statusCode === 404) {
          answer.resume();
          reject(
            new CodedError(
              'engine.already_running',
              'A Runescope command is at work on this data directory. Try again when it has ended.',
            ),
          );
          return;
        }
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER) answer.destroy(new Error('The answer is too long.'));
        });
        answer.on('error', (error) => reject(unreachable(address, error)));
        answer.on('end', () => {
          try {
            resolve(shown.parse(JSON.parse(text)).url);
          } catch (thrown) {
            reject(unreachable(address, thrown));
          }
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('No answer in time.')));
    call.on('error', (error) => reject(unreachable(address, error)));
    call.end();
  });
}
