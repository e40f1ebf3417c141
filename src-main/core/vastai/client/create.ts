import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { VastClient } from '../seams.ts';
import type { Asked, Caller } from './caller.ts';
import { orderBody, outcomeOf } from './order.ts';

/** Of wall, for a create on its way whose caller gave up: the contract it may make is worth knowing. */
const GRACE_MS: Milliseconds = 5000;

/** The call that makes a contract. An abort before it is sent is thrown, as nothing was asked then. */
export function createOrder(caller: Caller): VastClient['create'] {
  return async (offerId, wish, signal) => {
    let sent = false;
    const asked: Asked = {
      lane: 'create',
      method: 'PUT',
      path: `/asks/${offerId}/`,
      body: orderBody(wish),
      once: true,
      patience: (given) => {
        sent = true;
        return later(given, GRACE_MS);
      },
    };
    try {
      const reply = await caller.call(asked, signal);
      return outcomeOf(reply, () => caller.failure(reply, true));
    } catch (thrown) {
      if (!sent || !(thrown instanceof CodedError)) throw thrown;
      return { kind: 'unknown', failure: thrown };
    }
  };
}

/** Aborts as the given signal does, some time after it. */
function later(signal: AbortSignal, ms: Milliseconds): AbortSignal {
  const late = new AbortController();
  // The call's own connection keeps the process alive for as long as this is needed.
  const onAbort = () => setTimeout(() => late.abort(signal.reason), ms).unref();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return late.signal;
}
