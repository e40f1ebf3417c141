import { formatAgo, formatSignificant } from '#shared/lib/format.ts';
import type { ListingProgress, ListingState } from '#shared/model/archive.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** A listing as it runs, and how it stood when it was joined: the rate is what came since. */
export interface RunningListing {
  readonly now: ListingProgress;
  readonly first: ListingProgress;
}

/** Every digit: a reader compares this number with another tool's. */
export const exactCount = (count: number): string => count.toLocaleString('en-US');
export const counted = (count: number, one: string, many: string = `${one}s`): string =>
  `${exactCount(count)} ${count === 1 ? one : many}`;

/** What is loaded, whether that is everything, and what it took: `loaded 84,000 keys, complete: no · 87 requests · …`. */
export function truthLine(
  state: ListingState,
  running: RunningListing | null,
  stopped: 'failed' | 'stopped' | null,
  now: EpochSeconds,
): string {
  const requests = counted(state.requests, 'request');
  if (running !== null) {
    const before = state.listed_at === null ? '' : `, last listed whole ${ago(state.listed_at, now)}`;
    return [
      `loaded ${counted(state.loaded, 'key')}, complete: ${state.complete ? 'yes' : 'no'}${before}`,
      requests,
      `listing${rate(running)}`,
    ].join(' · ');
  }
  if (state.complete) {
    const parts = [
      counted(state.loaded, 'key'),
      'complete: yes',
      state.listed_at === null ? null : `listed ${ago(state.listed_at, now)}`,
      state.new_count === 0 ? 'none new' : `${exactCount(state.new_count)} new`,
    ];
    return [parts.filter((part) => part !== null).join(', '), requests].join(' · ');
  }
  if (state.loaded === 0 && state.requests === 0) return 'nothing loaded, complete: no, not listed yet';
  const why =
    stopped === 'failed' ? ', the listing failed' : stopped === 'stopped' ? ', the listing was stopped' : '';
  return `loaded ${counted(state.loaded, 'key')}, complete: no${why} · ${requests}`;
}

/** Whether a filter looked at everything: `1,204 match, of all 100,000 keys` or `… of the 84,000 loaded so far`. */
export function filterLine(total: number, state: ListingState): string {
  const verb = total === 1 ? 'matches' : 'match';
  return state.complete
    ? `${exactCount(total)} ${verb}, of all ${counted(state.loaded, 'key')}`
    : `${exactCount(total)} ${verb}, of the ${exactCount(state.loaded)} loaded so far`;
}

/** Keys that came per second; where none came anew (the index had them), requests. */
function rate({ now, first }: RunningListing): string {
  const seconds = (now.ms - first.ms) / 1000;
  if (seconds < 0.2) return '';
  const keys = now.loaded - first.loaded;
  if (keys > 0) return `, ${exactCount(Math.round(keys / seconds))} keys/s`;
  const requests = now.requests - first.requests;
  return requests > 0 ? `, ${formatSignificant(requests / seconds, 2)} requests/s` : '';
}

/** In minutes where other times tick by seconds: this line stands all day. */
function ago(at: EpochSeconds, now: EpochSeconds): string {
  const age = now - at;
  if (age < 60) return 'just now';
  if (age < 3_600) return `${Math.floor(age / 60)} min ago`;
  return formatAgo(at, now);
}
