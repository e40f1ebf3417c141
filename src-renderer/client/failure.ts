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
  const issues = issuesOf(error.data);
  if (error.code === 'BAD_REQUEST' && issues !== null) {
    if (issues.includes('holds a credential')) {
      return {
        code: 'request.secret_in_url',
        message:
          'The URL holds a credential. Keep it under Secrets, refer to it by its name, and give the bare URL.',
      };
    }
    return { code: 'request.invalid', message: `The input is not valid. ${issues}.` };
  }
  return { code: 'internal', message: error.message, detail: `${error.code} ${error.status}` };
}

function isFailure(value: unknown): value is ShownFailure {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Partial<ShownFailure>;
  return typeof code === 'string' && typeof message === 'string';
}

function issuesOf(data: unknown): string | null {
  const issues = (data as { readonly issues?: unknown } | null | undefined)?.issues;
  if (!Array.isArray(issues)) return null;
  const parts = (issues as readonly { readonly path?: readonly unknown[]; readonly message?: string }[]).map(
    (issue) => `${(issue.path ?? []).join('.') || 'input'}: ${issue.message ?? 'not valid'}`,
  );
  return parts.join('; ');
}
