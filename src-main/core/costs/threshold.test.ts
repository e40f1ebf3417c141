import { describe, expect, it } from 'vitest';
import { settingsSchema } from '#shared/contract/settings.ts';
import { thresholdOf } from './threshold.ts';

const unset = settingsSchema.parse({});
const set = (threshold_usd: number) => ({ spend: { ...unset.spend, threshold_usd } });

describe('the threshold above which the gate asks', () => {
  it('is the settings figure, else that of the environment, else $5.00', () => {
    const env = { RUNE_SPEND_WARNING_THRESHOLD: ' 12.50 ' };
    expect(thresholdOf(set(0), env)).toEqual({ usd: 0, warning: null });
    expect(thresholdOf(unset, env)).toEqual({ usd: 12.5, warning: null });
    expect(thresholdOf(unset, {})).toEqual({ usd: 5, warning: null });
    expect(thresholdOf(unset, { RUNE_SPEND_WARNING_THRESHOLD: '  ' })).toEqual({ usd: 5, warning: null });
  });

  it.each(['five', '-1', 'NaN', 'Infinity', '1e400', '0x10', '$5', '5,00', '5 USD', '99999999999'])(
    'is $5.00, with a warning, for "%s"',
    (text) => {
      const { usd, warning } = thresholdOf(unset, { RUNE_SPEND_WARNING_THRESHOLD: text });
      expect(usd).toBe(5);
      expect(warning).toContain(text);
    },
  );

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('is not %s, whatever wrote that', (usd) => {
    expect(thresholdOf(set(usd), {}).usd).toBe(5);
  });
});
