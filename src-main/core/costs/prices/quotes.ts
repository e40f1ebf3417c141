import type { PriceUsed } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { PriceWanted, Quote } from '../seams.ts';
import { ASSUMED_LOG_SIGMA, ageWarning, bookLogSigma } from './age.ts';
import type { HourPrice } from './hour-prices.ts';
import { matchModel } from './model-names.ts';
import type { ModelRow } from './rows.ts';

const sentences = (...parts: readonly (string | null)[]): string | null =>
  parts.filter((part) => part !== null).join(' ') || null;

/** A price for `share` of what `price` is of: one GPU of a machine of eight, or two machines. */
export function hourQuote(
  price: HourPrice,
  share: number,
  title: string,
  assumed: boolean,
  warning: string | null,
): Quote {
  return {
    price: {
      rate: { per: 'hour', usd: price.usd_hour * share },
      source: assumed ? 'assumed' : price.source,
      as_of: price.as_of,
      title,
      log_sigma: assumed ? Math.max(ASSUMED_LOG_SIGMA, price.log_sigma) : price.log_sigma,
    },
    warning: sentences(warning, ...price.warnings),
  };
}

/** RUNE's rule: the mean of both limits, else the one there is; null without any. */
export function limitsQuote({ min_dph, max_dph }: Extract<PriceWanted, { kind: 'rental' }>): Quote | null {
  const limits = [min_dph, max_dph].filter((usd) => usd > 0);
  if (limits.length === 0) return null;
  const usd = limits.reduce((sum, limit) => sum + limit, 0) / limits.length;
  const title =
    limits.length === 2
      ? `mean of the rental's limits, $${min_dph} and $${max_dph} per hour`
      : `the rental's limit, $${usd} per hour`;
  return {
    price: { rate: { per: 'hour', usd }, source: 'given', as_of: null, title, log_sigma: 0 },
    warning: null,
  };
}

/** Null: nobody priced this model. */
export function tokenQuote(rows: readonly ModelRow[], model: string, now: EpochSeconds): Quote | null {
  const match = matchModel(rows, model);
  if (match === null) return null;
  const { row, exact } = match;
  const near = exact ? null : `The price is that of ${row.name}: nobody is known to price ${model} itself.`;
  const price = (
    usd_in: number,
    usd_out: number,
    as_of: EpochSeconds,
    source: 'override' | 'book',
    log_sigma: number,
  ): Quote => {
    const used: PriceUsed = {
      rate: { per: 'million_tokens', usd_in, usd_out },
      source: exact ? source : 'assumed',
      as_of,
      title: source === 'override' ? `${row.name}, your own price` : `${row.name} by the token`,
      log_sigma: exact ? log_sigma : Math.max(ASSUMED_LOG_SIGMA, log_sigma),
    };
    return { price: used, warning: sentences(near, ageWarning(as_of, now)) };
  };
  const { override, book } = row;
  if (override !== null && override.usd_million_in !== null && override.usd_million_out !== null)
    return price(override.usd_million_in, override.usd_million_out, override.as_of, 'override', 0);
  if (book === null) return null;
  const { usd_million_in, usd_million_out, as_of } = book;
  return price(usd_million_in, usd_million_out, as_of, 'book', bookLogSigma(as_of, now));
}
