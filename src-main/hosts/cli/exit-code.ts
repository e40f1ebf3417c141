import { ORPCError } from '@orpc/client';
import { CommanderError } from 'commander';
import { type Failure, type FailureCode, toFailure } from '#shared/model/failure.ts';

/** What the shell learns. */
export const EXIT = { succeeded: 0, failed: 1, badInput: 2, refused: 3, cancelled: 130 } as const;

export const exitCodeOfStatus = (status: string): number =>
  status === 'succeeded' ? EXIT.succeeded : status === 'cancelled' ? EXIT.cancelled : EXIT.failed;

/** For a failure without a job: what a gate refused, a bug of ours, or else something the caller can put right. */
export function exitCodeOfFailure(code: FailureCode): number {
  switch (code) {
    case 'access.denied':
    case 'cost.approval_needed':
    case 'cost.budget_exceeded':
    case 'rental.approval_needed':
      return EXIT.refused;
    case 'job.cancelled':
      return EXIT.cancelled;
    case 'internal':
      return EXIT.failed;
    default:
      return EXIT.badInput;
  }
}

/** The failure inside whatever was thrown: by the command line, by a call over the contract, or by our own code. */
export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof CommanderError) {
    if (thrown.code === 'commander.help')
      return { code: 'request.invalid', message: 'Give a command; runescope --help lists them.' };
    return { code: 'request.invalid', message: thrown.message.replace(/^error: /, '') };
  }
  if (thrown instanceof ORPCError && thrown.code === 'FAILED') return thrown.data as Failure;
  return toFailure(thrown);
}
