import type { Logger } from '#core/ports/ports.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** Spans of one transaction: the job engine writes to the same store in between. */
const BATCH = 1000;
/** More that wait for the disk than this, and senders are told to come again. */
const MAX_WAITING = 100_000;
const RETRY_MS: Milliseconds = 250;

export interface SpanQueue {
  /** False when it is full: then nothing was taken. What was taken is kept until it is written. */
  push(spans: readonly OtlpSpanIn[]): boolean;
  readonly waiting: number;
  /** Writes what waits, and takes nothing more. */
  close(): void;
}

export interface QueueOptions {
  readonly write: (spans: readonly OtlpSpanIn[]) => void;
  readonly logger: Logger;
  readonly maxWaiting?: number | undefined;
}

/** Between the senders and the disk. An error of the disk costs no span: the batch is tried again. */
export function createSpanQueue({ write, logger, maxWaiting = MAX_WAITING }: QueueOptions): SpanQueue {
  let waiting: OtlpSpanIn[] = [];
  let closed = false;
  let timer: NodeJS.Timeout | NodeJS.Immediate | null = null;

  /** True when a batch was written. */
  const writeBatch = (): boolean => {
    try {
      write(waiting.slice(0, BATCH));
    } catch (thrown) {
      logger.log({
        level: 'warn',
        logger: 'otlp',
        event: 'otlp.write_failed',
        message: `${waiting.length} spans of others wait for another try: ${toFailure(thrown).message}`,
      });
      return false;
    }
    waiting = waiting.slice(BATCH);
    return true;
  };
  const drain = (): void => {
    timer = null;
    const wrote = writeBatch();
    if (waiting.length === 0 || closed) return;
    timer = wrote ? setImmediate(drain) : setTimeout(drain, RETRY_MS);
  };
  return {
    push: (spans) => {
      // One request that is larger than the whole queue is taken when nothing else waits, or it would never be.
      if (closed || (waiting.length > 0 && waiting.length + spans.length > maxWaiting)) return false;
      if (spans.length === 0) return true;
      for (const span of spans) waiting.push(span);
      timer ??= setImmediate(drain);
      return true;
    },
    get waiting() {
      return waiting.length;
    },
    close: () => {
      if (closed) return;
      closed = true;
      if (timer !== null) {
        clearImmediate(timer as NodeJS.Immediate);
        clearTimeout(timer as NodeJS.Timeout);
      }
      while (waiting.length > 0 && writeBatch());
      if (waiting.length > 0)
        logger.log({
          level: 'error',
          logger: 'otlp',
          event: 'otlp.spans_lost',
          message: `${waiting.length} spans of others could not be written before the end.`,
        });
    },
  };
}
