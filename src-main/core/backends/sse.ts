import { createParser } from 'eventsource-parser';
import { MAX_LINE_BYTES } from './body.ts';
import { badResponse } from './failures.ts';
import type { HttpReply } from './http-call.ts';

/** The data of each server-sent event. Comments (pings) only keep the connection alive. */
export async function* readEvents(reply: HttpReply, server: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let events: string[] = [];
  let tooLarge = false;
  const parser = createParser({
    maxBufferSize: MAX_LINE_BYTES,
    onEvent: (event) => events.push(event.data),
    onError: (error) => {
      tooLarge ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  const drain = (): string[] => {
    if (tooLarge) throw badResponse(server, `sent an event of more than ${MAX_LINE_BYTES / 2 ** 20} MiB`);
    const ready = events;
    events = [];
    return ready;
  };
  for await (const chunk of reply.chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* drain();
  }
  // Some servers leave out the blank line after their last event.
  parser.feed('\n\n');
  yield* drain();
}
