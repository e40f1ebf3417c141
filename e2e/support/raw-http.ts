import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A connection on which bytes are written as they are. */
export interface RawConnection {
  readonly socket: Socket;
  /** What came back so far. */
  text(): string;
  readonly closed: Promise<void>;
}

export function dial(port: number): RawConnection {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  // Whoever is cut off learns it by the close.
  socket.on('error', () => {});
  return { socket, text: () => text, closed };
}

/** What the server says to these bytes until it closes, or until `maxMs` have passed. */
export async function sendRaw(
  port: number,
  bytes: string | Buffer | readonly (string | Buffer)[],
  maxMs = 5000,
): Promise<string> {
  const { socket, text, closed } = dial(port);
  for (const part of Array.isArray(bytes) ? bytes : [bytes]) {
    if (!socket.writable) break;
    if (!socket.write(part)) await Promise.race([once(socket, 'drain').catch(() => null), closed]);
  }
  await Promise.race([closed, sleep(maxMs, undefined, { ref: false })]);
  socket.destroy();
  return text();
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request whose every byte is ours: no client library mends it. It asks for the connection to be closed. */
export function requestBytes({ method = 'GET', path, headers = {}, body = '' }: RawRequest): Buffer {
  const all: Record<string, string> = { Host: '127.0.0.1', Connection: 'close', ...headers };
  const length = Buffer.byteLength(body);
  if (length > 0 || method !== 'GET') all['Content-Length'] ??= String(length);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}

/** The status and the body of an answer, the first that is final; status 0 when there is none. */
export function parseAnswer(text: string): {
  readonly status: number;
  readonly head: string;
  readonly body: string;
} {
  const final = text.replace(/^HTTP\/1\.1 100 .*?\r\n\r\n/s, '');
  const end = final.indexOf('\r\n\r\n');
  const head = end === -1 ? final : final.slice(0, end);
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  return { status: Number(status), head, body: end === -1 ? '' : final.slice(end + 4) };
}
