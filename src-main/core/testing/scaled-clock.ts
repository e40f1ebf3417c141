import type { Clock } from '#core/ports/ports.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';

/** Wall time, anchored once. */
const wallUs = (): EpochMicroseconds => Math.round((performance.timeOrigin + performance.now()) * 1000);

/**
 * A clock that runs `speed` times as fast as the wall since `base`; processes that are given the same two agree on the
 * time.
 */
export function scaledClock(base: EpochMicroseconds, speed: number): Clock {
  return {
    nowUs: () => Math.round(base + (wallUs() - base) * speed),
    monotonicMs: () => performance.now() * speed,
    speed,
  };
}
