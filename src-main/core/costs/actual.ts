import type { CostBasis, Rate } from '#shared/model/estimate.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';

/** Tokens of a job, and who counted them: the model service, or we as they came. */
export interface TokensUsed {
  readonly input: number;
  readonly output: number;
  readonly counted_by: 'service' | 'us';
}

/** What a job has used; null is unknown. */
export interface Used {
  readonly duration_seconds: Seconds | null;
  readonly tokens: TokensUsed | null;
}

/** A cost and what it is made of; unknown is null, never 0. */
export interface Actual {
  readonly usd: Usd | null;
  readonly basis: CostBasis;
}

/** What was used, at a rate. Hardware of one's own: RUNE's formula, unrounded. Beyond all amounts, it is unknown. */
export function actualCost(rate: Rate | null, used: Used): Actual {
  const actual = costAt(rate, used);
  return actual.usd === null || Number.isFinite(actual.usd) ? actual : UNKNOWN;
}

function costAt(rate: Rate | null, { duration_seconds, tokens }: Used): Actual {
  if (rate === null) return UNKNOWN;
  if (rate.per === 'million_tokens') {
    return tokens === null
      ? UNKNOWN
      : {
          usd: tokenCost(rate, tokens),
          basis: tokens.counted_by === 'us' ? 'counted-tokens' : 'reported-tokens',
        };
  }
  if (duration_seconds === null) return UNKNOWN;
  return rate.per === 'kwh'
    ? { usd: energyCost(rate, duration_seconds).usd, basis: 'hardware-derived' }
    : { usd: hourCost(rate, duration_seconds), basis: 'metered' };
}

const UNKNOWN: Actual = { usd: null, basis: 'unknown' };

type PerHour = Extract<Rate, { per: 'hour' }>;
type PerToken = Extract<Rate, { per: 'million_tokens' }>;
type PerKwh = Extract<Rate, { per: 'kwh' }>;

export const tokenCost = (
  { usd_in, usd_out }: PerToken,
  { input, output }: Pick<TokensUsed, 'input' | 'output'>,
): Usd => (input * usd_in + output * usd_out) / 1_000_000;

/** Its time, and what is paid once; what never began has downloaded nothing. */
export const hourCost = ({ usd, fixed_usd = 0 }: PerHour, seconds: Seconds): Usd =>
  seconds === 0 ? 0 : rentalCost({ usd_hour: usd }, seconds) + fixed_usd;

/** Energy plus the hardware's share, by time. */
export function energyCost(
  { usd, watts, share_usd_hour }: PerKwh,
  seconds: Seconds,
): { readonly usd: Usd; readonly kwh: number } {
  const hours = seconds / 3600;
  const kwh = (watts / 1000) * hours;
  return { usd: kwh * usd + share_usd_hour * hours, kwh };
}

/** What a rented machine is billed for: its time, the disk it keeps, and what goes over its line. */
export interface RentalTerms {
  readonly usd_hour: Usd;
  /** Where the hour does not include it. */
  readonly disk_gb?: number | undefined;
  readonly usd_gb_month?: Usd | undefined;
  readonly gb_in?: number | undefined;
  readonly usd_gb_in?: Usd | undefined;
  readonly gb_out?: number | undefined;
  readonly usd_gb_out?: Usd | undefined;
}

/** Hours of a month as clouds bill them: 365 x 24 / 12. */
const MONTH_HOURS = 730;

export function rentalCost(terms: RentalTerms, seconds: Seconds): Usd {
  const {
    usd_hour,
    disk_gb = 0,
    usd_gb_month = 0,
    gb_in = 0,
    usd_gb_in = 0,
    gb_out = 0,
    usd_gb_out = 0,
  } = terms;
  const storage = (disk_gb * usd_gb_month) / MONTH_HOURS;
  return ((usd_hour + storage) * seconds) / 3600 + gb_in * usd_gb_in + gb_out * usd_gb_out;
}
