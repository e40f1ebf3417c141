import type { Clock } from '#core/ports/ports.ts';

/** Reads the wall clock once; every later instant is that anchor plus monotonic time, so stepping the system clock changes nothing. */
export function createClock(): Clock {
  const anchorUs = Date.now() * 1000;
  const anchorMs = performance.now();
  return {
    nowUs: () => anchorUs + Math.round((performance.now() - anchorMs) * 1000),
    monotonicMs: () => performance.now(),
  };
}
