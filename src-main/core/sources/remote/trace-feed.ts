import { createParser } from 'eventsource-parser';
import type { Bytes, Milliseconds } from '#shared/model/units.ts';
import { askStream, type Remote } from './call.ts';
import { oddFailure, tooLargeFailure } from './failures.ts';
import { type RemoteEvent, readEvent } from './wire.ts';

/** RUNE sends nothing while nothing happens; a connection that died looks the same. */
const MAX_SILENCE_MS: Milliseconds = 300_000;
/** Of one frame: nobody's event is larger. */
const MAX_FRAME: Bytes = 8 * 1024 * 1024;

/**
 * The trace stream of a job (reference: rune-api §5): calls back with events as they come and resolves at `end`. Our
 * server goes on after `lastId`, RUNE's begins at the first. Throws RemoteFailure, and at `signal` what it carries.
 */
export async function followTrace(
  remote: Remote,
  jobId: string,
  lastId: number,
  onEvents: (events: readonly RemoteEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const { response, failed } = await askStream(remote, {
    path: `/v1/runs/${encodeURIComponent(jobId)}/trace`,
    headers: { accept: 'text/event-stream', ...(lastId > 0 && { 'last-event-id': String(lastId) }) },
    signal: AbortSignal.any([signal, over.signal]),
  });
  const silence = watchdog(() => over.abort(oddFailure(remote.who, 'a trace stream that went silent')));
  try {
    const type = response.headers.get('content-type') ?? '';
    if (!/^text\/event-stream\b/i.test(type))
      throw oddFailure(remote.who, 'something that is no event stream');
    const read = reader(onEvents);
    let pending = 0;
    for await (const chunk of response.body ?? []) {
      silence.fed();
      pending = chunk.includes(NEWLINE) ? chunk.length : pending + chunk.length;
      if (pending > MAX_FRAME) throw tooLargeFailure(remote.who, MAX_FRAME);
      // RUNE leaves its socket open after `end`.
      if (read(chunk)) return;
    }
    throw oddFailure(remote.who, 'a trace stream without its end');
  } catch (thrown) {
    if (over.signal.aborted && !signal.aborted) throw over.signal.reason;
    throw failed(thrown);
  } finally {
    silence.stop();
    over.abort();
  }
}

const NEWLINE = 0x0a;

/** Takes bytes; true when they held `end`. */
function reader(onEvents: (events: readonly RemoteEvent[]) => void): (chunk: Uint8Array) => boolean {
  const decoder = new TextDecoder();
  let events: RemoteEvent[] = [];
  let ended = false;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'end') ended = true;
      else if (event === 'log') {
        const row = readEvent(jsonOf(data));
        if (row !== null) events.push(row);
      }
    },
  });
  return (chunk) => {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (events.length > 0) onEvents(events);
    events = [];
    return ended;
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function watchdog(onSilence: () => void): { fed(): void; stop(): void } {
  const timer = setTimeout(onSilence, MAX_SILENCE_MS);
  timer.unref();
  return { fed: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
