import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bytes } from '#shared/model/units.ts';

/** Past this, somebody who was refused and still sends is cut off. */
const MAX_DISCARDED: Bytes = 64 * 1024 * 1024;

/**
 * Ends an answer whose head, with its length, was written. A sender that is cut off in the middle of its body does not
 * read the answer, and the end of an answer may close the connection: so the rest of the body is read first, and
 * forgotten. Who reads need not wait: the length was said.
 */
export function endAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  said: Uint8Array | '',
  maxDiscarded: Bytes = MAX_DISCARDED,
): void {
  if (request.complete || request.destroyed) {
    response.end(said);
    return;
  }
  response.write(said);
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.byteLength;
    if (discarded > maxDiscarded) request.destroy();
  });
  request.once('end', () => response.end());
  request.resume();
}
