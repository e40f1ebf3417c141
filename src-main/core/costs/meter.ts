import type { Clock } from '#core/ports/ports.ts';
import { formatUsd } from '#shared/lib/format.ts';
import type { Rate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import { type Actual, actualCost, type TokensUsed } from './actual.ts';
import type { Cap } from './budget.ts';

/** Of English text, on average; what a prompt holds is counted so until the service has said. */
export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of one call of a model, as far as they are known. */
export interface CallMeter {
  /** A piece of the answer or of the thinking before it. */
  piece(text: string): void;
  /** The service's own counts take the place of ours; null: it did not say. */
  reported(input: number | null, output: number | null): void;
  /** The service refused it: nothing is billed, unless a piece of an answer had come. */
  refused(): void;
}

/** What a job has spent on tokens so far. */
export interface TokenMeter {
  /** A call that is about to be made, with what it sends. */
  call(prompt: string): CallMeter;
  /** Null before the first call. */
  tokens(): TokensUsed | null;
  /** What all calls cost together; nothing before the first. */
  cost(): Actual;
}

interface Call {
  input: number;
  output: number;
  pieces: number;
  characters: number;
  counted: boolean;
}

/**
 * Counts tokens at a price. Reported counts are the service's; until they come, and where they do not, a piece is a
 * token or, when pieces are long, as many as its characters make. `onChange` is called at every change.
 */
export function createTokenMeter(
  rate: Extract<Rate, { per: 'million_tokens' }>,
  onChange: (cost: Actual) => void,
): TokenMeter {
  const calls: Call[] = [];

  const tokens = (): TokensUsed | null => {
    if (calls.length === 0) return null;
    const sum = (of: (call: Call) => number): number => calls.reduce((total, call) => total + of(call), 0);
    return {
      input: sum(({ input }) => input),
      output: sum(({ output }) => output),
      counted_by: calls.some(({ counted }) => counted) ? 'us' : 'service',
    };
  };
  const cost = (): Actual =>
    actualCost(rate, {
      duration_seconds: null,
      tokens: tokens() ?? { input: 0, output: 0, counted_by: 'service' },
    });

  return {
    tokens,
    cost,
    call(prompt) {
      const input = Math.ceil(prompt.length / CHARACTERS_PER_TOKEN);
      const call: Call = { input, output: 0, pieces: 0, characters: 0, counted: true };
      calls.push(call);
      onChange(cost());
      return {
        piece(text) {
          call.pieces++;
          call.characters += text.length;
          call.output = Math.max(call.pieces, Math.ceil(call.characters / CHARACTERS_PER_TOKEN));
          onChange(cost());
        },
        reported(input, output) {
          // A call without a prompt there is none, nor an answer without tokens: such a 0 is not a count.
          const read = input === 0 ? null : input;
          const written = output === 0 && call.pieces > 0 ? null : output;
          call.input = read ?? call.input;
          call.output = written ?? call.output;
          call.counted = read === null || written === null;
          onChange(cost());
        },
        refused() {
          if (call.pieces > 0) return;
          calls.splice(calls.indexOf(call), 1);
          onChange(cost());
        },
      };
    },
  };
}

/** Budgets and other jobs change while a job runs, but not between two tokens. */
const REFRESH_MS: Milliseconds = 500;

/** The cap that `spent` has reached, null while there is room. `capNow` is asked for anew now and then only. */
export function watchCap(
  capNow: () => Cap,
  clock: Pick<Clock, 'monotonicMs'>,
): (spent: Usd | null) => Cap | null {
  let cap = capNow();
  let readMs = clock.monotonicMs();
  return (spent) => {
    const now = clock.monotonicMs();
    if (now - readMs >= REFRESH_MS) {
      cap = capNow();
      readMs = now;
    }
    // What is unknown, or no number, is not below anything.
    return cap.usd === Number.POSITIVE_INFINITY || (spent !== null && spent < cap.usd) ? null : cap;
  };
}

export const budgetReached = (spent: Usd | null, { usd, of }: Cap): CodedError =>
  new CodedError(
    'cost.budget_reached',
    `The job was ended: it has spent ${formatUsd(spent)}, and ${
      of === 'job' ? 'the budget of one job is' : 'of the budget of the day, this job was left'
    } ${formatUsd(usd)}. What it spent stays spent; the budget is set in Settings, under Costs & budget.`,
  );
