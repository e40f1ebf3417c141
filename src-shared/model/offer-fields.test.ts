import { describe, expect, it } from 'vitest';
import { fieldText, isNumeric, numberOf, OFFER_FIELDS, offerField } from './offer-fields.ts';
import { RANGE_FIELDS } from './offers.ts';
import { offerWith, pricedOffer } from './testing.ts';

describe('the table of fields', () => {
  it('has every field of an offer once, and what it means for the job', () => {
    const keys = OFFER_FIELDS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const { odd: _, ...fields } = offerWith();
    expect(Object.keys(fields).filter((key) => !keys.some((one) => one === key))).toEqual([]);
    expect(keys).toContain('usd_per_job');
  });

  it('has a direction for everything that can be a slider', () => {
    for (const key of RANGE_FIELDS) {
      expect(isNumeric(offerField(key)), key).toBe(true);
      expect(offerField(key).better, key).not.toBeNull();
    }
  });

  it('writes values as people read them, with their unit', () => {
    const offer = pricedOffer({
      dph_total: 0.3817,
      inet_down_cost: 0.003,
      gpu_total_ram: 24_564,
      duration: 1_209_600,
      compute_cap: 890,
      reliability: 0.9971,
      interruption: 0.0312,
      inet_down: 905.1,
      cpu_ram: null,
      total_flops: 1234.56,
      disk_space: 312.5,
    });
    const text = (key: Parameters<typeof fieldText>[1]) => fieldText(offer, key);
    expect(text('dph_total')).toBe('$0.382 / h');
    expect(text('inet_down_cost')).toBe('$0.003 / GB');
    expect(text('gpu_total_ram')).toBe('24.6 GB');
    expect(text('duration')).toBe('14 d 00 h');
    expect(text('compute_cap')).toBe('8.9');
    expect(text('reliability')).toBe('0.997');
    expect(fieldText(pricedOffer({ reliability: 0.99964 }), 'reliability')).toBe('0.9996');
    expect(fieldText(pricedOffer({ reliability: 1 }), 'reliability')).toBe('1.000');
    expect(text('interruption')).toBe('3.1 %');
    expect(text('inet_down')).toBe('905 Mbit/s');
    expect(text('cpu_ram')).toBe('–');
    expect(text('total_flops')).toBe('1,235 TFLOPS');
    expect(text('disk_space')).toBe('313 GB');
    expect(text('static_ip')).toBe('yes');
    expect(text('id')).toBe('1');
    expect(text('usd_per_job')).toBe('$0.08');
    expect(text('seconds_per_job')).toBe('8 m 20 s');
    expect(fieldText(pricedOffer({ fit: { ...fit, headroom_mb: -4000 } }), 'headroom_mb')).toBe('−4 GB');
  });

  it('takes the middle of a distribution, and nothing for what is no number', () => {
    expect(numberOf(pricedOffer(), 'seconds_per_job')).toBe(500);
    expect(numberOf(pricedOffer({ usd_per_job: null }), 'usd_per_job')).toBeNull();
    expect(numberOf(pricedOffer(), 'gpu_name')).toBeNull();
    expect(numberOf(pricedOffer(), 'tokens_per_s')).toBeNull();
  });
});

const fit = { model: 'm', headroom_mb: 0, required_disk_gb: 40, fits: true, because: null };
