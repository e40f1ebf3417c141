import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { ListingProgress } from '#shared/model/archive.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { guardIndex, placeRow, stateOf } from './index-place.ts';
import { createIndexWriter } from './index-writer.ts';
import { planListing } from './listing-plan.ts';
import { listUnits } from './listing-ranges.ts';

const PROGRESS_MS: Milliseconds = 100;

export interface ListerDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Lister {
  /** Lists into the index, or joins the listing of that place; the last caller that goes stops it. */
  refresh(target: ArchiveTarget, signal: AbortSignal): AsyncGenerator<ListingProgress, void, undefined>;
  isRunning(place: string): boolean;
  /** Stops what runs; the database is not touched afterwards. */
  dispose(): Promise<void>;
}

interface Run {
  readonly stop: AbortController;
  readonly startedMs: Milliseconds;
  callers: number;
  gone: number;
  failure: Failure | null;
  done: boolean;
  endedMs: Milliseconds;
  finished: Promise<void>;
}

export function createLister({ db, clock, logger }: ListerDeps): Lister {
  const runs = new Map<string, Run>();
  let disposed = false;

  const begin = (target: ArchiveTarget): Run => {
    const startedMs = clock.monotonicMs();
    const run: Run = {
      stop: new AbortController(),
      startedMs,
      callers: 0,
      gone: 0,
      failure: null,
      done: false,
      endedMs: startedMs,
      finished: Promise.resolve(),
    };
    runs.set(target.place, run);
    run.finished = work(target, run).finally(() => {
      run.done = true;
      run.endedMs = clock.monotonicMs();
      runs.delete(target.place);
    });
    return run;
  };

  const work = async (target: ArchiveTarget, run: Run): Promise<void> => {
    const { signal } = run.stop;
    const before = target.requests();
    let spentEarlier = 0;
    const spent = (): number => spentEarlier + target.requests() - before;
    try {
      const writer = createIndexWriter(db, target.place, target.prefix, () => toEpochSeconds(clock.nowUs()));
      spentEarlier = writer.resume?.requests ?? 0;
      try {
        const units = writer.resume?.todo ?? [];
        const plan =
          writer.resume === null
            ? await planListing(target, (objects) => writer.write(objects, null, spent()), signal)
            : { subtrees: [], folders: [] };
        await listUnits(
          target,
          { plan, units },
          (objects, todo) => writer.write(objects, todo, spent()),
          signal,
        );
        run.gone = writer.finish(spent());
      } finally {
        writer.stop(spent());
      }
    } catch (thrown) {
      // Stopped on purpose: what was loaded stays, and there is nothing to say.
      if (signal.aborted) return;
      run.failure = listingFailure(thrown);
      if (!(thrown instanceof CodedError))
        logger.log({ level: 'error', event: 'archive.listing_failed', message: run.failure.message });
    }
  };

  const progressOf = (place: string, run: Run): ListingProgress => ({
    ...stateOf(
      guardIndex(db, () => placeRow(db, place)),
      !run.done,
    ),
    gone: run.gone,
    ms: (run.done ? run.endedMs : clock.monotonicMs()) - run.startedMs,
    failure: run.failure,
    done: run.done,
  });

  return {
    isRunning: (place) => runs.has(place),
    refresh: async function* (target, signal) {
      let run = runs.get(target.place);
      // One that is being stopped is no use; the next resumes where it ends.
      while (run?.stop.signal.aborted === true) {
        await run.finished;
        run = runs.get(target.place);
      }
      if (disposed || signal.aborted) return;
      run ??= begin(target);
      run.callers++;
      try {
        for (;;) {
          const progress = progressOf(target.place, run);
          yield progress;
          if (progress.done) return;
          const woken = new AbortController();
          const timer = sleep(PROGRESS_MS, undefined, { signal: AbortSignal.any([signal, woken.signal]) });
          await Promise.race([run.finished, timer.catch(() => {})]);
          woken.abort();
          if (signal.aborted || disposed) return;
        }
      } finally {
        run.callers--;
        if (run.callers === 0 && !run.done) run.stop.abort();
      }
    },
    dispose: async () => {
      disposed = true;
      const ending = [...runs.values()];
      for (const run of ending) run.stop.abort();
      await Promise.all(ending.map((run) => run.finished));
    },
  };
}

function listingFailure(thrown: unknown): Failure {
  const failure = toFailure(thrown);
  if (failure.code !== 'archive.access_denied') return failure;
  return {
    ...failure,
    message: `${failure.message} Without the permission to list, a result can still be found by its job id or opened by its key.`,
  };
}
