import { setTimeout as sleep } from 'node:timers/promises';
import { abortFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Reader } from './reader.ts';

/** A stream that nobody reads any more cannot end by itself. */
const END_MS: Milliseconds = 500;

export interface EndingReader<S> extends Omit<Reader<S>, 'close'> {
  /** Stops every call that is under way, lets it put away what it has, and closes the reader. */
  close(): Promise<void>;
  /** Aborts when that begins. */
  readonly closed: AbortSignal;
}

/** A reader whose calls end when it closes: none goes on over a database or a target that is gone. */
export function untilClosed<S>(reader: Reader<S>): EndingReader<S> {
  const closing = new AbortController();
  const closed = closing.signal;
  const active = new Set<Promise<void>>();
  const either = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closed : AbortSignal.any([closed, signal]);
  const begin = (): (() => void) => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = () => {
        active.delete(ended);
        resolve();
      };
    });
    active.add(ended);
    return end;
  };
  const call = async <T>(run: () => Promise<T>): Promise<T> => {
    if (closed.aborted) throw abortFailure(closed);
    const end = begin();
    try {
      return await run();
    } catch (thrown) {
      throw closed.aborted ? abortFailure(closed) : thrown;
    } finally {
      end();
    }
  };
  async function* stream<T>(run: () => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    if (closed.aborted) throw abortFailure(closed);
    const end = begin();
    try {
      yield* run();
    } catch (thrown) {
      throw closed.aborted ? abortFailure(closed) : thrown;
    } finally {
      end();
    }
  }
  return {
    ...reader,
    closed,
    preview: (target, key, signal) => call(() => reader.preview(target, key, either(signal))),
    open: (target, key, signal) => call(() => reader.open(target, key, either(signal))),
    sourceFor: (id) => {
      const opening = reader.sourceFor(id);
      return opening === null ? null : call(() => opening);
    },
    download: (target, key, signal) => call(() => reader.download(target, key, either(signal))),
    verifyOne: (target, key, signal) => call(() => reader.verifyOne(target, key, either(signal))),
    verifyMany: (scope, signal) => stream(() => reader.verifyMany(scope, either(signal))),
    export: (target, keys, signal) => call(() => reader.export(target, keys, either(signal))),
    import: (target, keys, signal) => stream(() => reader.import(target, keys, either(signal))),
    diff: (target, key, signal) => call(() => reader.diff(target, key, either(signal))),
    close: async () => {
      closing.abort();
      if (active.size > 0) await Promise.race([Promise.all(active), sleep(END_MS)]);
      reader.close();
    },
  };
}
