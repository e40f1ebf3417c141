import type { CostEstimate, CostProvider, PriceUsed } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';

/** RUNE's rules (reference: jobs §6); `api` is judged as AWS is. */
export function impactOf(provider: CostProvider, usd: Usd): CostEstimate['resource_impact'] {
  if (provider === 'local') return 'medium';
  if (usd > 20) return 'high';
  return usd > 5 || provider === 'azure' ? 'medium' : 'low';
}

/** What the caller should know of a price, in sentences; null: nothing. */
export function warningOf(
  { rate, source }: PriceUsed,
  said: string | null,
  ofInterval: string | null,
): string | null {
  const sentences = [
    said === null || /[.!?]$/.test(said) ? said : `${said}.`,
    rate.per === 'kwh'
      ? 'Power draw is taken as given: idle draw, cooling and losses of the power supply are not in it.'
      : null,
    said === null && source === 'assumed' ? 'The price is an assumption: nobody sells exactly this.' : null,
    ofInterval,
  ].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? null : sentences.join(' ');
}
