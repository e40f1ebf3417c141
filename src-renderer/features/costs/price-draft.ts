import { amountText, parseAmount } from '#renderer/widgets/amount.ts';
import type { PriceOverride } from '#shared/contract/settings.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import type { CostProvider } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** What the form holds, as it was typed. */
export interface PriceDraft {
  readonly id: string | null;
  readonly provider: CostProvider;
  readonly billed: 'hour' | 'tokens';
  readonly name: string;
  readonly hour: string;
  readonly tokensIn: string;
  readonly tokensOut: string;
  /** `2026-11-22`. */
  readonly day: string;
}
export type PriceProblems = { readonly [F in 'name' | 'hour' | 'tokensIn' | 'tokensOut' | 'day']?: string };

const today = (): string => {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

export const priceDraft = (row: PriceRow | null): PriceDraft => ({
  id: row?.id ?? null,
  provider: row?.provider ?? 'api',
  billed: row !== null && row.usd_hour !== null ? 'hour' : 'tokens',
  name: row?.name ?? '',
  hour: amountText(row?.usd_hour ?? null),
  tokensIn: amountText(row?.usd_million_in ?? null),
  tokensOut: amountText(row?.usd_million_out ?? null),
  day: today(),
});

/** The price that is meant, or what is wrong with which field. */
export function priceOf(draft: PriceDraft): {
  readonly price: PriceOverride | null;
  readonly problems: PriceProblems;
} {
  const problems: { -readonly [F in keyof PriceProblems]: string } = {};
  const amount = (field: 'hour' | 'tokensIn' | 'tokensOut', wanted: boolean): number | null => {
    if (!wanted) return null;
    const parsed = parseAmount(draft[field]);
    if ('problem' in parsed) problems[field] = parsed.problem;
    else if (parsed.value === null) problems[field] = 'Give an amount in dollars, like 5 or 0.50.';
    else return parsed.value;
    return null;
  };
  const byHour = draft.billed === 'hour';
  const name = draft.name.trim();
  if (draft.id === null && (name === '' || /\s/.test(name.charAt(0)) || name.includes('/')))
    problems.name = name === '' ? 'Give its name.' : 'A name holds no slash.';
  const at = dayOf(draft.day);
  if (at === null) problems.day = 'Give the day on which this was the price, today at the latest.';
  const price = {
    id: draft.id ?? `${draft.provider}/${name}`.toLowerCase(),
    usd_hour: amount('hour', byHour),
    usd_million_in: amount('tokensIn', !byHour),
    usd_million_out: amount('tokensOut', !byHour),
    as_of: at ?? 0,
  };
  return { price: Object.keys(problems).length === 0 ? price : null, problems };
}

/** Midnight UTC of a day that has begun, as prices are dated; null for any other. */
function dayOf(day: string): EpochSeconds | null {
  const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || ms < 0 || day > today()) return null;
  return Math.min(ms, Date.now()) / 1000;
}
