import type { Bytes, Milliseconds } from '#shared/model/units.ts';

export interface PoolOptions<T> {
  readonly concurrency: number;
  /** Items in work together are at most this large; a larger one is worked on alone. */
  readonly budget: Bytes;
  readonly sizeOf: (item: T) => Bytes;
  readonly work: (item: T) => Promise<void>;
  /** No further item is begun. */
  readonly isStopped: () => boolean;
}

/** Works on items as they come, a few at a time within a budget of memory. Rejects with the first failure. */
export async function runPool<T>(
  items: AsyncIterable<T>,
  { concurrency, budget, sizeOf, work, isStopped }: PoolOptions<T>,
): Promise<void> {
  const working = new Set<Promise<void>>();
  let held = 0;
  let failure: { readonly thrown: unknown } | null = null;
  for await (const item of items) {
    const size = Math.min(sizeOf(item), budget);
    while (working.size > 0 && (working.size >= concurrency || held + size > budget))
      await Promise.race(working);
    if (failure !== null || isStopped()) break;
    held += size;
    const job: Promise<void> = work(item)
      .catch((thrown: unknown) => {
        failure ??= { thrown };
      })
      .finally(() => {
        held -= size;
        working.delete(job);
      });
    working.add(job);
  }
  await Promise.all(working);
  const failed = failure as { readonly thrown: unknown } | null;
  if (failed !== null) throw failed.thrown;
}

/** What `progress` says, from time to time until `running` has ended; rejects as that does. */
export async function* whileRunning<P>(
  running: Promise<void>,
  everyMs: Milliseconds,
  progress: () => P,
): AsyncGenerator<P, void> {
  let ended = false;
  const end = running.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const tick = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, everyMs);
    });
    await Promise.race([end, tick]);
    clearTimeout(timer);
    if (ended) break;
    yield progress();
  }
  await running;
}
