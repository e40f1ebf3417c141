import type { FindProgress } from '#shared/model/archive.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import type { TargetFacts } from '../targets/target-facts.ts';
import { findResult } from './find-result.ts';
import { createFacts } from './index-place.ts';
import { createIndexQuery, type IndexQuery } from './index-query.ts';
import { createLister, type Lister, type ListerDeps } from './listing.ts';

/** Browses archives by their local index in archive.db. A place is `ArchiveTarget.place`. */
export interface Browser extends IndexQuery, Pick<Lister, 'refresh' | 'dispose'> {
  /** Throws `archive.*` when the target fails on the way. */
  find(
    target: ArchiveTarget,
    jobId: string,
    maxRequests: number,
    signal: AbortSignal,
  ): AsyncGenerator<FindProgress, void, undefined>;
  /** What was found out about places, kept for the next start. */
  readonly facts: TargetFacts;
}

export function createBrowser(deps: ListerDeps): Browser {
  const { db, clock } = deps;
  const { refresh, isRunning, dispose } = createLister(deps);
  return {
    ...createIndexQuery(db, { monotonicMs: () => clock.monotonicMs(), isRunning }),
    refresh,
    dispose,
    find: (target, jobId, maxRequests, signal) =>
      findResult(db, target, { jobId, maxRequests, now: toEpochSeconds(clock.nowUs()) }, signal),
    facts: createFacts(db),
  };
}
