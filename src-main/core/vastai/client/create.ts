import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { VastClient } from '../seams.ts';
import type { Asked, Caller } from './caller.ts';
import { orderBody, outcomeOf } from './order.ts';

/** Of wall, for a create on its way whose caller gave up: the contract it may make is worth knowing. */
const GRACE_MS: Milliseconds = 5000;

/** The call that makes a contract. An abort is thrown where nothing can have been made: before it is sent. */
export function createOrder(caller: Caller): VastClient['create'] {
  return async (offerId, wish, signal) => {
    let mayExist = false;
    const over = new AbortController();
    const asked: Asked = {
      lane: 'create',
      method: 'PUT',
      path: `/asks/${offerId}/`,
      body: orderBody(wish),
      once: true,
      watch: {
        sent: (given) => {
          mayExist = true;
          return later(given, GRACE_MS, over.signal);
        },
        refused: () => {
          mayExist = false;
        },
      },
    };
    try {
      const reply = await caller.call(asked, signal);
      return outcomeOf(reply, () => caller.failure(reply, true));
    } catch (thrown) {
      if (!mayExist || !(thrown instanceof CodedError)) throw thrown;
      return { kind: 'unknown', failure: thrown };
    } finally {
      over.abort();
    }
  };
}

/** Aborts as the given signal does, some time after it, and looks at it until it is over. */
function later(signal: AbortSignal, ms: Milliseconds, over: AbortSignal): AbortSignal {
  const late = new AbortController();
  // The call's own connection keeps the process alive for as long as this is needed.
  const onAbort = () => setTimeout(() => late.abort(signal.reason), ms).unref();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true, signal: over });
  return late.signal;
}
