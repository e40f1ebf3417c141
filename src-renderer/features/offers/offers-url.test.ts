import { describe, expect, it } from 'vitest';
import { nextSort, pageOf, parseView, withRange, writeView } from './offers-url.ts';

const parsed = (query: string) => parseView(new URLSearchParams(query));

describe("the view's address", () => {
  it('is empty for what everybody sees first', () => {
    expect(writeView(parsed('')).toString()).toBe('');
  });

  it.each([
    'market=demo&model=llama3.1%3A70b&agent=holmes&type=bid&off=verified&off=not_rented',
    'dph_total=..1.5&gpu_total_ram=24000..&reliability=0.9..0.99&gpu=RTX+4090&country=FI&verification=unverified',
    'q=a100&x=dph_total&y=dlperf&log=no&brush=0.1%2C0.5%2C10%2C900&sort=-dlperf&sort=dph_total&all=yes',
    'offer=20111222&pin=1&pin=22&pin=333&compare=yes&table=yes',
  ])('says %s and means it', (query) => expect(writeView(parsed(query)).toString()).toBe(query));

  it('leaves out what means nothing', () => {
    const query =
      'market=moon&type=gift&off=price&dph_total=..&gpu_ram=a..b&reliability=1..2..3&x=luck&y=odd&log=maybe' +
      '&brush=1,2,3&brush=2,1,0,1&sort=charm&all=no&offer=-3&pin=x&compare=yes&table=1&q=';
    expect(writeView(parsed(query)).toString()).toBe('');
  });

  it('holds four pins at most, each once, and compares no fewer than two', () => {
    expect(parsed('pin=1&pin=1&pin=2&pin=3&pin=4&pin=5').pins).toEqual([1, 2, 3, 4]);
    expect(parsed('pin=1&compare=yes').compare).toBe(false);
  });

  it('knows its pages', () => {
    expect(['rentals', 'machines', 'offers', undefined, 'nonsense'].map(pageOf)).toEqual([
      'rentals',
      'machines',
      'offers',
      'offers',
      null,
    ]);
  });
});

it('sorts by what was clicked, the better end first, and by several with shift', () => {
  const first = nextSort([{ by: 'usd_per_job', desc: false }], 'dlperf', false, true);
  expect(first).toEqual([{ by: 'dlperf', desc: true }]);
  const second = nextSort(first, 'dph_total', true, false);
  expect(second).toEqual([
    { by: 'dlperf', desc: true },
    { by: 'dph_total', desc: false },
  ]);
  expect(nextSort(second, 'dph_total', true, false)[1]).toEqual({ by: 'dph_total', desc: true });
  expect(nextSort(nextSort(second, 'dph_total', true, false), 'dph_total', true, false)).toEqual(first);
  expect(nextSort(nextSort(first, 'dlperf', false, true), 'dlperf', false, true)).toEqual([
    { by: 'usd_per_job', desc: false },
  ]);
});

it('forgets a range without limits', () => {
  expect(withRange({ dph_total: { max: 1 } }, 'dph_total', {})).toEqual({});
  expect(withRange({ dph_total: { max: 1 } }, 'dlperf', { min: 5 })).toEqual({
    dph_total: { max: 1 },
    dlperf: { min: 5 },
  });
});
