import type { EpochSeconds, Seconds } from '#shared/model/units.ts';

const DAY: Seconds = 86_400;
const MONTH: Seconds = 30.44 * DAY;
/** A price read within a day is as good as one asked for now. */
const FRESH: Seconds = DAY;
/** How far clocks may differ before a date in the future says nothing. */
const CLOCK_SLACK: Seconds = 300;

/** The table of ADR 0007. */
export const ASSUMED_LOG_SIGMA = 0.5;
const PER_MONTH = 0.02;
const CACHED_AT_MOST = 0.3;
const BOOK_AT_START = 0.05;
const BOOK_AT_MOST = 0.3;

/** Age in months; infinite for a date in the future, of which nobody knows when it was. */
const months = (asOf: EpochSeconds, now: EpochSeconds): number =>
  asOf - now > CLOCK_SLACK ? Number.POSITIVE_INFINITY : Math.max(0, now - asOf) / MONTH;

export const isFresh = (asOf: EpochSeconds, now: EpochSeconds): boolean => months(asOf, now) * MONTH <= FRESH;

export const cachedLogSigma = (asOf: EpochSeconds, now: EpochSeconds): number =>
  Math.min(CACHED_AT_MOST, PER_MONTH * months(asOf, now));

export const bookLogSigma = (asOf: EpochSeconds, now: EpochSeconds): number =>
  Math.min(BOOK_AT_MOST, BOOK_AT_START + PER_MONTH * months(asOf, now));

/** What to say of a price that is a year old or older, or from the future. */
export function ageWarning(asOf: EpochSeconds, now: EpochSeconds): string | null {
  const age = months(asOf, now);
  if (age < 12) return null;
  return Number.isFinite(age)
    ? `The price is ${Math.floor(age)} months old.`
    : "The price's date lies in the future: check this computer's clock.";
}
