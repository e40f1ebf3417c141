import type { Clock } from '#core/ports/ports.ts';
import type { Seconds } from '#shared/model/units.ts';
import { type Endpoint, type MarketReply, reply } from './reply.ts';

/** Shortest time between two calls of an account (reference: Vast.ai §1); endpoints that are not here share the last. */
const INTERVALS: Readonly<Partial<Record<Endpoint, Seconds>>> = {
  create: 4.5,
  destroy: 3,
  show: 2,
  manage: 1,
  reboot: 1,
  template: 3,
  volumes: 5.5,
  'volume-create': 5.5,
  'volume-delete': 5.5,
  bid: 5.5,
};
const OTHERS: Seconds = 1;

/** Null when a call may pass; else what comes instead, in one of the two forms that there are. */
export function createIntervals(clock: Clock) {
  const passed = new Map<Endpoint, number>();
  let refused = 0;
  return (endpoint: Endpoint): MarketReply | null => {
    const threshold = INTERVALS[endpoint] ?? OTHERS;
    const now = clock.nowUs() / 1e6;
    if (now - (passed.get(endpoint) ?? -Infinity) >= threshold) {
      passed.set(endpoint, now);
      return null;
    }
    const message = `API requests too frequent endpoint threshold=${threshold.toFixed(1)}`;
    refused++;
    return refused % 2 === 0
      ? reply({ detail: message }, 429)
      : { status: 429, type: 'text/plain', text: message };
  };
}
