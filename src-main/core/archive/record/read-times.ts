import type { EpochSeconds } from '#shared/model/units.ts';

/** The year 9999; what lies behind it is no time. */
const MAX_EPOCH: EpochSeconds = 253_402_300_799;
/** As seconds this would be the year 5138: larger numbers are milliseconds. */
const MILLISECONDS_FROM = 1e11;
const ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i;

/** A time as other writers have it: a number, a number as text, ISO 8601 (without a zone it is UTC). Null when it is none. */
export function toEpoch(value: unknown): EpochSeconds | null {
  if (typeof value === 'number') return inRange(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (text === '') return null;
  const number = Number(text);
  if (!Number.isNaN(number)) return inRange(number);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const iso = text.length === 10 || ZONE.test(text) ? text : `${text}Z`;
  // JavaScript reads milliseconds only; the rest of the fraction is added.
  const [, more = ''] = /[.,]\d{3}(\d{1,6})/.exec(iso) ?? [];
  const ms = Date.parse(iso.replace(' ', 'T').replace(',', '.'));
  return inRange(ms / 1000 + Number(`0.${more || '0'}`) / 1000);
}

function inRange(given: number): EpochSeconds | null {
  const seconds = given > MILLISECONDS_FROM ? given / 1000 : given;
  return seconds >= 0 && seconds <= MAX_EPOCH ? seconds : null;
}
