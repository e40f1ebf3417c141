import { ORPCError } from '@orpc/client';
import { ConnectionLost } from './connection.ts';

/** What an error notice shows. The codes are those of the contract and two of the page's own. */
export interface ShownFailure {
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/** Whatever a call threw, as something a person can act on. */
export function shownFailure(error: unknown): ShownFailure {
  if (error instanceof ConnectionLost) {
    return {
      code: 'connection.lost',
      message: 'The engine did not answer. It may have been stopped; this page reconnects by itself.',
      retryable: true,
    };
  }
  if (error instanceof ORPCError) return fromOrpc(error);
  if (isFailure(error)) return error;
  return { code: 'page.error', message: error instanceof Error ? error.message : String(error) };
}

function fromOrpc(error: ORPCError<string, unknown>): ShownFailure {
  if (isFailure(error.data)) return error.data;
  return { code: 'internal', message: error.message, detail: `${error.code} ${error.status}` };
}

function isFailure(value: unknown): value is ShownFailure {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Partial<ShownFailure>;
  return typeof code === 'string' && typeof message === 'string';
}
