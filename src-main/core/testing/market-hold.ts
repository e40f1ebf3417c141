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
  #release = Promise.withResolvers<void>();

  /** Resolves when the next call of that kind is held; false when it was given up before. */
  async hold(endpoint: Endpoint, at: HoldAt): Promise<boolean> {
    this.release();
    const come = Promise.withResolvers<boolean>();
    this.#wanted = { endpoint, at, come: () => come.resolve(true) };
    const released = this.#release.promise.then(() => false);
    return Promise.race([come.promise, released]);
  }

  /** What is held goes on, and nothing more is. */
  release(): void {
    this.#wanted = null;
    this.#release.resolve();
    this.#release = Promise.withResolvers();
  }

  /** The same, with a stop in it. */
  around(inner: Around): Around {
    return async (request, next) => {
      const wanted = this.#wanted;
      if (wanted === null || wanted.endpoint !== request.endpoint) return inner(request, next);
      this.#wanted = null;
      const released = this.#release.promise;
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
