import { CodedError } from '#shared/model/failure.ts';
import { EXIT } from './exit-code.ts';

/** Ctrl-C: the first ends what is going on in good order, the second ends the process. */
export interface Interrupts {
  /** Takes the first interrupt from now on; called at once if it came already. */
  onFirst(handle: () => void): void;
  throwIfInterrupted(): void;
  /** Leaves interrupts to the command, which listens for them itself. */
  release(): void;
}

export function listenForInterrupts(): Interrupts {
  let count = 0;
  let handler: (() => void) | null = null;
  const interrupt = (): void => {
    count++;
    if (count > 1) process.exit(EXIT.cancelled);
    handler?.();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    onFirst: (handle) => {
      handler = handle;
      if (count > 0) handle();
    },
    release: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
    throwIfInterrupted: () => {
      if (count > 0) throw new CodedError('job.cancelled', 'Interrupted before a job was made.');
    },
  };
}
