/** What a field holds, or why it holds nothing that could be saved. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** As much as the settings take. */
const MOST_USD = 1_000_000;

/** What was typed as an amount of dollars: nothing typed is no amount; what cannot be one says why, in words. */
export function parseAmount(typed: string): Parsed<number | null> {
  const text = typed
    .trim()
    .replace(/^\$/, '')
    .replace(/(\$|usd)$/i, '')
    .trim();
  if (typed.trim() === '') return { value: null };
  if (text.startsWith('-') || text.startsWith('−')) return { problem: 'An amount cannot be below 0.' };
  if (/^\d*,\d+$/.test(text)) return { problem: 'Write decimals with a point, as in 12.50, and no commas.' };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) return { problem: 'Give an amount in dollars, like 5 or 0.50.' };
  const usd = Number(text);
  return usd > MOST_USD ? { problem: 'At most 1000000 dollars.' } : { value: usd };
}

/** As it stands in the field: every digit, and nothing for no amount. */
export const amountText = (usd: number | null): string =>
  usd === null ? '' : usd.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });

/** What was typed as a region; empty is none. */
export function parseRegion(typed: string): Parsed<string | null> {
  const region = typed.trim().toLowerCase();
  if (region === '') return { value: null };
  if (!/^[a-z0-9-]+$/.test(region)) return { problem: 'A region reads like us-east-1 or westeurope.' };
  return region.length > 64 ? { problem: 'A region has at most 64 letters.' } : { value: region };
}
