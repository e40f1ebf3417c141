import { formatCount, formatDuration, formatUsd } from '#shared/lib/format.ts';
import type { EstimateGround, PriceUsed, Rate } from '#shared/model/estimate.ts';
import { RESIDUALS_NEEDED } from './history.ts';

const runs = (n: number, what: string): string => (n === 1 ? `1 ${what}` : `${n} ${what}s`);

/** What an estimate rests on, in words a user understands; `sent`: tokens of the question itself. */
export function basisOf(ground: EstimateGround, sent?: number): string {
  return [amountWords(ground, sent), priceWords(ground.price), doubtWords(ground)]
    .filter((part) => part !== '')
    .join(' ');
}

function amountWords({ duration_seconds, tokens, price }: EstimateGround, sent?: number): string {
  if (price?.rate.per === 'million_tokens' && tokens !== null) {
    const { input, output } = tokens.value;
    const asked = input === sent ? ', as long as the question is' : '';
    const amount = `${formatCount(Math.round(input))} in${asked}, ${formatCount(Math.round(output))} out`;
    const scaled =
      duration_seconds?.source === 'given'
        ? `, for the ${formatDuration(duration_seconds.value * 1000)} given`
        : '';
    return tokens.source === 'history'
      ? `Tokens: median of the last ${runs(tokens.n, 'run')} of ${tokens.group} (${amount}${scaled}).`
      : `Tokens: our default, as there is no history yet (${amount}${scaled}).`;
  }
  if (duration_seconds === null) return '';
  const amount = formatDuration(duration_seconds.value * 1000);
  switch (duration_seconds.source) {
    case 'given':
      return `Duration: as given (${amount}).`;
    case 'history':
      return `Duration: median of the last ${runs(duration_seconds.n, 'run')} of ${duration_seconds.group} (${amount}).`;
    case 'predicted':
      return `Duration: predicted for this machine (${amount}), as there is no history yet.`;
    case 'default':
      return `Duration: our default, as there is no history yet (${amount}).`;
  }
}

function priceWords(price: PriceUsed | null): string {
  if (price === null) return '';
  const title = price.title === '' ? '' : `${price.title}, `;
  return `Price: ${title}${rateWords(price.rate)}, ${sourceWords(price)}.`;
}

function rateWords(rate: Rate): string {
  switch (rate.per) {
    case 'hour':
      return `${formatUsd(rate.usd)}/h${
        rate.fixed_usd === undefined || rate.fixed_usd === 0
          ? ''
          : ` and ${formatUsd(rate.fixed_usd)} for downloads`
      }`;
    case 'million_tokens':
      return `${formatUsd(rate.usd_in)} in and ${formatUsd(rate.usd_out)} out per million tokens`;
    case 'kwh':
      return `${formatUsd(rate.usd)}/kWh at ${rate.watts} W${
        rate.share_usd_hour > 0 ? ` and ${formatUsd(rate.share_usd_hour)}/h for the hardware` : ''
      }`;
  }
}

function sourceWords({ source, as_of }: PriceUsed): string {
  const date = as_of === null ? '' : ` of ${new Date(as_of * 1000).toISOString().slice(0, 10)}`;
  switch (source) {
    case 'given':
      return 'as given';
    case 'override':
      return 'as set';
    case 'live':
      return 'asked just now';
    case 'cached':
      return `as its price list said${date === '' ? ' earlier' : ` on${date.slice(3)}`}`;
    case 'book':
      return `from the price book${date}`;
    case 'assumed':
      return 'assumed';
  }
}

function doubtWords({ doubt, tokens, duration_seconds }: EstimateGround): string {
  if (doubt.from === 'prior')
    return `Interval: a documented assumption, as there are fewer than ${RESIDUALS_NEEDED} earlier estimates like it.`;
  const group = (tokens ?? duration_seconds)?.group === doubt.group ? 'this group' : doubt.group;
  return `Interval: from ${runs(doubt.n, 'earlier estimate')} of ${group}.`;
}
