import type { Usd } from '#shared/model/units.ts';

/**
 * Why a price API gave no price. `said` goes to the user and holds our own words only, never what a server sent;
 * null: it could not be reached, which needs no mention. `ofAnswer`: the API works, this one answer is no good.
 */
export class PriceTrouble extends Error {
  readonly said: string | null;
  readonly ofAnswer: boolean;

  constructor(said: string | null, ofAnswer = false) {
    super(said ?? 'It could not be reached.');
    this.name = 'PriceTrouble';
    this.said = said;
    this.ofAnswer = ofAnswer;
  }
}

/** Farther from the book than any region, discount or year explains. */
const FACTOR = 4;
/** What no machine for rent costs by the hour; for those the book does not know. */
const LEAST: Usd = 0.001;
const MOST: Usd = 1000;

/** A price as an API says it, or PriceTrouble. `reference`: the book's, null where it has none. */
export function plausibleUsd(
  value: unknown,
  currency: string | undefined,
  reference: Usd | null,
  api: string,
): Usd {
  const refused = (why: string): PriceTrouble =>
    new PriceTrouble(`${api} was not used: its price ${why}.`, true);
  if (currency !== 'USD') throw refused('is not in USD');
  const usd = typeof value === 'number' ? value : Number.NaN;
  if (!Number.isFinite(usd)) throw refused('is missing');
  if (usd <= 0) throw refused(usd < 0 ? 'is negative' : 'is zero');
  const [least, most] = reference === null ? [LEAST, MOST] : [reference / FACTOR, reference * FACTOR];
  if (usd < least || usd > most)
    throw refused(
      reference === null ? 'cannot be true' : `is more than ${FACTOR} times off the price book's`,
    );
  return usd;
}
