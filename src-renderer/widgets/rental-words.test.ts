import { describe, expect, it } from 'vitest';
import type { Rental } from '#shared/model/rentals.ts';
import { destroyWords, gpuWords, hourOf, instances, keptWords, paidMs } from './rental-words.ts';

describe('words of rentals', () => {
  it('name what is destroyed and what it costs', () => {
    expect(destroyWords(gpuWords('RTX 4090', 4), 1.5)).toBe('Destroy 4 × RTX 4090, $1.50/h');
    expect(destroyWords(gpuWords(null), null)).toBe('Destroy instance, price unknown');
    expect([instances(1), instances(2)]).toEqual(['1 instance', '2 instances']);
  });

  it('never take an unknown price for none', () => {
    expect(hourOf([{ usd_hour: 0.42 }, { usd_hour: 0.42 }])).toBe('$0.84/h');
    expect(hourOf([{ usd_hour: 0.42 }, { usd_hour: null }])).toBe('at least $0.42/h');
    expect(hourOf([{ usd_hour: null }])).toBe('price unknown');
  });

  it('count down to when a kept one is destroyed', () => {
    const kept = { state: 'kept', keep_until: 10_000 } as Rental;
    expect(keptWords(kept, 10_000 - 11_520)).toBe('destroyed in 3 h 12 m');
    expect(keptWords(kept, 10_001)).toBe('its time is up');
    expect(keptWords({ ...kept, state: 'ready' }, 0)).toBeNull();
  });

  it('count the time from the start to the end, or to now', () => {
    expect(paidMs({ started_at: 100, ended_at: 160 } as Rental, 999)).toBe(60_000);
    expect(paidMs({ started_at: 100, ended_at: null } as Rental, 130)).toBe(30_000);
    expect(paidMs({ started_at: null, ended_at: null } as Rental, 130)).toBeNull();
  });
});
