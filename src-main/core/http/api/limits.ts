import type { Env } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';

const MINUTE: Milliseconds = 60_000;
const DEFAULT_RATE = 6000;
/** What is remembered of one who has been silent for a minute is worth nothing. */
const MAX_KEPT = 10_000;

/** Requests a minute and token. */
export function rateLimitOf(env: Env): number {
  const text = env.RUNESCOPE_RATE_LIMIT?.trim() || String(DEFAULT_RATE);
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new CodedError(
      'http.refused',
      `RUNESCOPE_RATE_LIMIT must be a whole number from 1, not "${text}".`,
    );
  return limit;
}

/** Token buckets that hold a minute's requests. `take` answers 0, or after how many seconds to come again. */
export function createRateLimit(perMinute: number, now: () => Milliseconds): { take(key: string): Seconds } {
  const buckets = new Map<string, { left: number; at: Milliseconds }>();
  return {
    take: (key) => {
      const at = now();
      const bucket = buckets.get(key) ?? { left: perMinute, at };
      bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) / MINUTE) * perMinute);
      bucket.at = at;
      buckets.set(key, bucket);
      keepNewest(buckets);
      if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) / perMinute) * (MINUTE / 1000)));
      bucket.left -= 1;
      return 0;
    },
  };
}

const MAX_FAILURES = 10;

/** Failed attempts by address: after ten within a minute that address waits, unless its token is known to be good. */
export function createGuessLimit(now: () => Milliseconds): {
  /** 0, or the seconds until it may try again. */
  waits(address: string): Seconds;
  failed(address: string): void;
} {
  const failures = new Map<string, { count: number; since: Milliseconds }>();
  const current = (address: string): { count: number; since: Milliseconds } | null => {
    const found = failures.get(address);
    if (found === undefined) return null;
    if (now() - found.since < MINUTE) return found;
    failures.delete(address);
    return null;
  };
  return {
    waits: (address) => {
      const found = current(address);
      if (found === null || found.count < MAX_FAILURES) return 0;
      return Math.max(1, Math.ceil((found.since + MINUTE - now()) / 1000));
    },
    failed: (address) => {
      const found = current(address) ?? { count: 0, since: now() };
      found.count += 1;
      failures.set(address, found);
      keepNewest(failures);
    },
  };
}

function keepNewest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest);
}
