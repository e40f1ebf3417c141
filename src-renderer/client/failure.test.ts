import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import { ConnectionLost } from './connection.ts';
import { shownFailure } from './failure.ts';

describe('what is shown of a failure', () => {
  it('is the engine’s own code and sentence', () => {
    const data = { code: 'job.not_found', message: 'There is no such job.', retryable: false };
    expect(shownFailure(new ORPCError('FAILED', { data }))).toEqual(data);
  });

  it('says that a lost connection may be tried again', () => {
    expect(shownFailure(new ConnectionLost())).toMatchObject({ code: 'connection.lost', retryable: true });
  });

  it('keeps a coded error as it is and calls a bug the page’s', () => {
    expect(shownFailure(new CodedError('agent.unknown', 'No.'))).toMatchObject({ code: 'agent.unknown' });
    expect(shownFailure(new TypeError('x is undefined'))).toEqual({
      code: 'page.error',
      message: 'x is undefined',
    });
    expect(shownFailure(new ORPCError('INTERNAL_SERVER_ERROR')).code).toBe('internal');
  });
});
