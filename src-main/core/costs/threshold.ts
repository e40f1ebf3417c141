import type { Env } from '#core/ports/ports.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { Usd } from '#shared/model/units.ts';

/** RUNE's variable and its default. */
const VARIABLE = 'RUNE_SPEND_WARNING_THRESHOLD';
const DEFAULT: Usd = 5;

export interface Threshold {
  readonly usd: Usd;
  /** Why it is not what the environment says; null: it is, or says nothing. */
  readonly warning: string | null;
}

/** Above what the gate asks: the settings, else the environment, else $5.00. What is no amount never opens the gate. */
export function thresholdOf({ spend }: Pick<Settings, 'spend'>, env: Env): Threshold {
  const set = spend.threshold_usd;
  if (set !== null && isAmount(set)) return { usd: set, warning: null };
  const text = env[VARIABLE]?.trim() ?? '';
  if (text === '') return { usd: DEFAULT, warning: null };
  // Number() alone would take 0x10, 1e400 and Infinity.
  const usd = /^\d{1,9}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (isAmount(usd)) return { usd, warning: null };
  return {
    usd: DEFAULT,
    warning: `${VARIABLE} is "${text.slice(0, 32)}", which is no amount in USD: the gate asks above $5.00. Give a number such as 12.50.`,
  };
}

/** False for NaN, negative and infinite amounts, which compare with everything in surprising ways. */
export const isAmount = (usd: number): boolean => Number.isFinite(usd) && usd >= 0;
