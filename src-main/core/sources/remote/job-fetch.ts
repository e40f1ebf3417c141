import { isTerminal } from '#shared/model/job.ts';
import { chainState, type Flavour, getJob, isNoJob, isNoPath, listArtifacts, listEvents } from './api.ts';
import type { Remote } from './call.ts';
import { takeArtifacts, takeChain } from './left-behind.ts';
import type { Ids, RemoteStore } from './remote-store.ts';
import { followTrace } from './trace-feed.ts';

/** Events asked for at once. */
const PAGE = 10_000;
export interface Fetching {
  readonly remote: Remote;
  readonly store: RemoteStore;
  readonly signal: AbortSignal;
}

/** A job as the remote has it now, with everything once it has ended. Its status here; null: it does not know it. */
export async function fetchJob(
  { remote, store, signal }: Fetching,
  { job_id, remote_id }: Ids,
  flavour: Flavour,
): Promise<string | null> {
  try {
    const job = await getJob(remote, remote_id, signal);
    if (!isTerminal(job.status)) {
      store.takeJob(job);
      if (flavour === 'runescope')
        await fetchEvents({ remote, store, signal }, { job_id, remote_id }, flavour);
      if (job.kind === 'chain') await fetchChain({ remote, store, signal }, { job_id, remote_id });
      return job.status;
    }
    // Events have no place before their job has; else they come first, so that what has ended is whole.
    if (store.row(job_id) === undefined) store.takeJob(job);
    const whole = await fetchRest({ remote, store, signal }, { job_id, remote_id }, flavour, job.kind).catch(
      (thrown: unknown) => {
        if (signal.aborted) throw thrown;
        return thrown;
      },
    );
    store.changing(() => {
      store.takeJob(job);
      if (whole === true) store.setComplete(job_id);
    });
    if (whole !== true) throw whole;
    return job.status;
  } catch (thrown) {
    if (!isNoJob(thrown)) throw thrown;
    store.setGone(
      job_id,
      `${remote.who} does not know this job any more: it was deleted there, or belongs to another tenant.`,
    );
    return null;
  }
}

async function fetchRest(of: Fetching, ids: Ids, flavour: Flavour, kind: string | null): Promise<true> {
  await fetchEvents(of, ids, flavour);
  await orAbsent(async () =>
    takeArtifacts(of.store, ids.job_id, await listArtifacts(of.remote, ids.remote_id, of.signal)),
  );
  if (kind === 'chain') await fetchChain(of, ids);
  return true;
}

const fetchChain = (of: Fetching, { job_id, remote_id }: Ids): Promise<void> =>
  orAbsent(async () => takeChain(of.store, job_id, await chainState(of.remote, remote_id, of.signal)));

/** Events that are not here yet: by pages from ours, all at once from the stream of RUNE's, or from v1-old's list. */
async function fetchEvents({ remote, store, signal }: Fetching, ids: Ids, flavour: Flavour): Promise<void> {
  const { job_id, remote_id } = ids;
  if (flavour === 'rune') {
    try {
      await followTrace(remote, remote_id, 0, (events) => void store.addEvents(job_id, events), signal);
      return;
    } catch (thrown) {
      if (!isNoPath(thrown)) throw thrown;
    }
    await orAbsent(
      async () => void store.addEvents(job_id, await listEvents(remote, remote_id, 0, PAGE, signal)),
    );
    return;
  }
  for (;;) {
    const after = store.row(job_id)?.last_event ?? 0;
    const events = await listEvents(remote, remote_id, after, PAGE, signal);
    store.addEvents(job_id, events);
    const { length } = events;
    if (length < PAGE || (store.row(job_id)?.last_event ?? 0) <= after) return;
  }
}

/** What a remote has no path for is not there. */
async function orAbsent(fetch: () => Promise<void>): Promise<void> {
  try {
    await fetch();
  } catch (thrown) {
    if (!isNoPath(thrown)) throw thrown;
  }
}
