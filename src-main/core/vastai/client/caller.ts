import type { z } from 'zod';
import { pause } from '#core/ports/pause.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { VastConnection } from '../seams.ts';
import { createWipe, failureOf, saidBy, toldInterval } from './failures.ts';
import { type Lane, Lanes } from './lanes.ts';
import { type Reply, type Request, send } from './send.ts';

const MB = 1024 * 1024;
const MAX_BYTES = { search: 64 * MB, other: 16 * MB } as const;
/** Of wall, as the network's time does not run faster for a clock that does; but not to the full where it is scaled. */
const CALL_LIMIT_MS: Milliseconds = 30_000;
const SHORTEST_LIMIT_MS: Milliseconds = 3000;

const TRIES = 3;
/** Another process may be asking with the same key: its calls count as ours. */
const TRIES_WHEN_TOO_OFTEN = 6;
const BACKOFF_MS: Milliseconds = 500;
const PASSING: ReadonlySet<number> = new Set([502, 503, 504]);

export interface Asked extends Omit<Request, 'url'> {
  readonly lane: Lane;
  /** Below the API's base, or whole. */
  readonly path: string;
  /** Not repeated unless the market told that it did nothing. */
  readonly once?: boolean | undefined;
  /** Told of what becomes of each try. */
  readonly watch?: Watch | undefined;
}

export interface Watch {
  /** As it is sent: the signal that ends it from then on. */
  sent(signal: AbortSignal): AbortSignal;
  /** The market did nothing; it is tried again. */
  refused(): void;
}

export interface Caller {
  readonly who: string;
  /** The answer to the last try, whatever its status; throws where none came. */
  call(asked: Asked, signal: AbortSignal): Promise<Reply>;
  /** The answer of a call that succeeded, parsed. */
  ask<T>(asked: Asked, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  parse<T>(reply: Reply, schema: z.ZodType<T>): T;
  failure(reply: Reply, ofOffer?: boolean): CodedError;
  bad(why: string): CodedError;
}

/** Calls in their lanes, tried again where that is safe. */
export function createCaller(
  connection: VastConnection,
  clock: Clock,
  logger: Logger,
  callLimitMs: Milliseconds = CALL_LIMIT_MS,
): Caller {
  const { base_url, key, pace, market } = connection;
  const who = market === 'demo' ? 'The demo market' : 'Vast.ai';
  const lanes = new Lanes(clock, pace);
  const wipe = createWipe(key);
  const limitMs = Math.min(callLimitMs, Math.max(SHORTEST_LIMIT_MS, callLimitMs / (clock.speed ?? 1)));

  const failure = (reply: Reply, ofOffer = false): CodedError => failureOf(reply, who, wipe, ofOffer);
  const bad = (why: string): CodedError =>
    new CodedError('vastai.bad_response', `${who} sent what cannot be used: ${why}.`);

  async function attempt(asked: Asked, signal: AbortSignal): Promise<Reply | CodedError> {
    const { lane, path, method, body } = asked;
    const url = path.startsWith('/') ? base_url + path : path;
    const limitBytes = lane === 'search' ? MAX_BYTES.search : MAX_BYTES.other;
    try {
      const sent = () =>
        send({ method, url, body }, { who, key, limitMs, limitBytes }, asked.watch?.sent(signal) ?? signal);
      return await lanes.run(lane, sent, signal);
    } catch (thrown) {
      if (thrown instanceof CodedError && thrown.code === 'vastai.unreachable') return thrown;
      throw thrown;
    }
  }

  async function call(asked: Asked, signal: AbortSignal): Promise<Reply> {
    for (let n = 1; ; n++) {
      const answer = await attempt(asked, signal);
      const status = answer instanceof CodedError ? 0 : answer.status;
      const again =
        status === 429
          ? n < TRIES_WHEN_TOO_OFTEN
          : asked.once !== true && (status === 0 || PASSING.has(status)) && n < TRIES;
      if (!again) {
        if (answer instanceof CodedError) throw answer;
        return answer;
      }
      const failed = answer instanceof CodedError ? answer : failure(answer);
      logger.log({
        level: 'debug',
        event: 'vastai.retry',
        message: `${asked.lane}, try ${n}: ${failed.message}`,
      });
      if (!(answer instanceof CodedError) && status === 429) {
        asked.watch?.refused();
        lanes.widen(asked.lane, toldInterval(answer) ?? 0);
      }
      // Two that ask at the same time must not meet again.
      const apart = status === 429 ? lanes.interval(asked.lane) * (0.5 + Math.random()) : BACKOFF_MS / pace;
      await pause(clock, apart * n, signal);
    }
  }

  function parse<T>(reply: Reply, schema: z.ZodType<T>): T {
    if (
      reply.status < 200 ||
      reply.status > 299 ||
      reply.html ||
      reply.json === undefined ||
      saidBy(reply).failed
    )
      throw failure(reply);
    const parsed = schema.safeParse(reply.json);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw bad(`${issue?.path.map(String).join('.') || 'the answer'} is not as its API has it`);
  }

  return {
    who,
    call,
    ask: async (asked, schema, signal) => parse(await call(asked, signal), schema),
    parse,
    failure,
    bad,
  };
}
