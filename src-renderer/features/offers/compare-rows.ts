import {
  fieldText,
  figureText,
  isNumeric,
  numberOf,
  OFFER_FIELDS,
  type OfferField,
} from '#shared/model/offer-fields.ts';
import type { PricedOffer } from '#shared/model/offers.ts';

export interface CompareRow {
  readonly field: OfferField;
  readonly differs: boolean;
  /** Columns with the best value; none where all are equal, or neither direction is better. */
  readonly best: ReadonlySet<number>;
}

/** Not different in any way that matters: numbers that name the thing. */
const NAMES: readonly string[] = ['id'];

/** Fields of two to four offers, each with whether they differ and whose is best. An offer that is gone has no value. */
export function compareRows(offers: readonly (PricedOffer | undefined)[]): readonly CompareRow[] {
  const there = offers.filter((offer) => offer !== undefined);
  return OFFER_FIELDS.filter(({ key }) => !NAMES.includes(key)).map((field) => {
    const { key, better } = field;
    // As people read them: what differs beyond the digits that are shown differs for nobody.
    const differs = new Set(there.map((offer) => fieldText(offer, key))).size > 1;
    const best = new Set<number>();
    if (differs && better !== null && isNumeric(field)) {
      const values = offers.map((offer) => (offer === undefined ? null : numberOf(offer, key)));
      const known = values.filter((value) => value !== null);
      const top = better === 'less' ? Math.min(...known) : Math.max(...known);
      const topText = figureText(field.kind, top);
      for (const [at, value] of values.entries())
        if (value !== null && figureText(field.kind, value) === topText) best.add(at);
    }
    return { field, differs, best };
  });
}
