import type { Around, Endpoint } from '#core/vastai/market/reply.ts';

/** Where a call stops: before anything is done for it, or done and not answered. */
export type HoldAt = 'before' | 'after';

interface Held {
  readonly endpoint: Endpoint;
  readonly at: HoldAt;
  readonly come: () => void;
}

/** Stops one call on its way, so that whoever sent it can be killed meanwhile; then it goes on, as packets do. */
export class MarketHold {
  #wanted: Held | null = null;
  #gate = latch();

  /** Resolves when the next call of that kind is held; false when it was given up before. */
  async hold(endpoint: Endpoint, at: HoldAt): Promise<boolean> {
    this.release();
    const come = latch();
    this.#wanted = { endpoint, at, come: come.open };
    return Promise.race([come.opened.then(() => true), this.#gate.opened.then(() => false)]);
  }

  /** What is held goes on, and nothing more is. */
  release(): void {
    this.#wanted = null;
    this.#gate.open();
    this.#gate = latch();
  }

  /** The same, with a stop in it. */
  around(inner: Around): Around {
    return async (request, next) => {
      const wanted = this.#wanted;
      if (wanted === null || wanted.endpoint !== request.endpoint) return inner(request, next);
      this.#wanted = null;
      const released = this.#gate.opened;
      if (wanted.at === 'before') {
        wanted.come();
        await released;
        return inner(request, next);
      }
      const answer = await inner(request, next);
      wanted.come();
      await released;
      return answer;
    };
  }
}

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
