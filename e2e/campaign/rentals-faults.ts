import type { MarketFaultRates } from '#core/testing/market-faults.ts';
import type { FateRates } from '#core/vastai/market/fates.ts';

const ANY = {
  'reset-before': 0.015,
  'reset-after': 0.015,
  'error-before': 0.02,
  'error-after': 0.02,
  'html-before': 0.01,
  'html-after': 0.01,
  'garbage-after': 0.01,
  'rate-limited': 0.02,
  'hang-before': 0.002,
  'hang-after': 0.002,
} as const;

/** Every kind of fault at every step; create and destroy, where it costs money, meet more of them than the others. */
export const CAMPAIGN_FAULTS: MarketFaultRates = {
  '*': ANY,
  search: {
    'error-before': 0.01,
    'reset-after': 0.01,
    'html-before': 0.005,
    'garbage-after': 0.005,
    'ignore-filters': 0.1,
  },
  create: {
    'reset-before': 0.03,
    'reset-after': 0.05,
    'error-before': 0.03,
    'error-after': 0.04,
    'html-before': 0.02,
    'html-after': 0.03,
    'garbage-after': 0.03,
    'rate-limited': 0.04,
    'hang-before': 0.01,
    'hang-after': 0.015,
    'lie-failed': 0.05,
    'lie-done': 0.05,
    taken: 0.08,
  },
  destroy: {
    'reset-before': 0.03,
    'reset-after': 0.04,
    'error-before': 0.03,
    'error-after': 0.03,
    'html-before': 0.02,
    'html-after': 0.02,
    'garbage-after': 0.02,
    'rate-limited': 0.03,
    'hang-before': 0.004,
    'hang-after': 0.004,
    'lie-failed': 0.03,
    'lie-done': 0.12,
  },
};

/** What goes wrong with machines. */
export const CAMPAIGN_FATES: FateRates = {
  'never-up': 0.03,
  'boot-error': 0.04,
  'boot-exit': 0.03,
  'no-ports': 0.03,
  silent: 0.015,
  exit: 0.04,
  lost: 0.05,
  ended: 0.05,
};
