import type { JobStatus } from '#shared/model/job.ts';

export type JobEvent = 'start' | 'succeed' | 'fail' | 'cancel';

const NEXT: { readonly [S in JobStatus]: { readonly [E in JobEvent]?: JobStatus } } = {
  queued: { start: 'running', fail: 'failed', cancel: 'cancelled' },
  running: { succeed: 'succeeded', fail: 'failed', cancel: 'cancelled' },
  succeeded: {},
  failed: {},
  cancelled: {},
};

/** The state after `event`, or null when `state` does not allow it: terminal states are final. */
export const transition = (state: JobStatus, event: JobEvent): JobStatus | null => NEXT[state][event] ?? null;

/** States that `event` may leave: what a compare-and-set on the stored status must name. */
export const statesBefore = (event: JobEvent): readonly JobStatus[] =>
  (Object.keys(NEXT) as JobStatus[]).filter((state) => NEXT[state][event] !== undefined);
