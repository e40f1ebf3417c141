import type { Logger, LogRecord } from '#core/ports/ports.ts';

export interface LogTap {
  readonly logger: Logger;
  /** Shown every record from now on; returns what ends that. */
  onRecord(listener: (record: LogRecord) => void): () => void;
}

/** A logger that others may listen to. */
export function tapLogger(host: Logger): LogTap {
  const listeners = new Set<(record: LogRecord) => void>();
  return {
    logger: {
      log: (record) => {
        host.log(record);
        for (const listener of listeners) listener(record);
      },
    },
    onRecord: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
