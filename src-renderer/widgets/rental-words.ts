import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Rental, RentalState, Stray } from '#shared/model/rentals.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';

export const MARKET_TITLES: Readonly<Record<Market, string>> = { vastai: 'Vast.ai', demo: 'Demo market' };

/** Neither destroyed nor refused: it may cost money now. */
export const isOpen = ({ state }: Pick<Rental, 'state'>): boolean => state !== 'gone' && state !== 'refused';

export const STATE_MEANS: Readonly<Record<RentalState, string>> = {
  intent: 'Written down before the market is asked for it',
  created: 'The market made a contract; its machine is not up yet',
  running: 'Its container is up; its model server has not answered yet',
  ready: 'Its model server has answered',
  kept: 'Its job is over; it stays until its time is up, or for a job that wants one like it',
  closing: 'To be destroyed, and not yet seen gone',
  gone: 'Destroyed, and seen absent on the market',
  refused: 'The market made no contract',
};

/** `4 × RTX 4090`. */
export const gpuWords = (gpuName: string | null, count = 1): string =>
  `${count === 1 ? '' : `${count} × `}${gpuName ?? 'instance'}`;

/** `$0.38/h`; of what nobody says, `price unknown`. */
export const hourWords = (usdHour: Usd | null): string =>
  usdHour === null ? 'price unknown' : `${formatUsd(usdHour)}/h`;

/** `Destroy RTX 4090, $0.38/h`. */
export const destroyWords = (gpu: string, usdHour: Usd | null): string =>
  `Destroy ${gpu}, ${hourWords(usdHour)}`;

export const instances = (n: number): string => `${n} ${n === 1 ? 'instance' : 'instances'}`;

/** What several cost an hour; at least, where one does not say. */
export function hourOf(all: readonly Pick<Stray, 'usd_hour'>[]): string {
  const usd = all.reduce((sum, { usd_hour }) => sum + (usd_hour ?? 0), 0);
  const isUnknown = all.some(({ usd_hour }) => usd_hour === null);
  return isUnknown && usd === 0 ? 'price unknown' : `${isUnknown ? 'at least ' : ''}${hourWords(usd)}`;
}

/** `destroyed in 3 h 12 m`, of one that is kept; null for the others. */
export function keptWords({ state, keep_until }: Rental, now: EpochSeconds): string | null {
  if (state !== 'kept' || keep_until === null) return null;
  const left = keep_until - now;
  return left <= 0 ? 'its time is up' : `destroyed in ${formatDuration(Math.ceil(left) * 1000)}`;
}

/** How long it has been paid for, in milliseconds; null before it is. */
export const paidMs = ({ started_at, ended_at }: Rental, now: EpochSeconds): number | null =>
  started_at === null ? null : Math.max(0, (ended_at ?? now) - started_at) * 1000;
