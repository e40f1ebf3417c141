import { describe, expect, it } from 'vitest';
import { pageOf, parseView, periodStart, spendQueryOf, whole, writeView } from './costs-url.ts';

const parsed = (query: string) => parseView(new URLSearchParams(query));

describe("the view's address", () => {
  it('is empty for what everybody sees first', () => {
    expect(writeView(parsed('')).toString()).toBe('');
  });

  it.each([
    'period=90d&by=model&provider=aws&provider=api&tenant=team%2Fb&table=yes',
    'job=j-1&order=newest&group=aws%2C+bedrock',
    'q=a100&prices=models&agent=holmes&model=llama3.1%3A8b&gpu=rtx4090&runs=20&days=365',
  ])('says %s and means it', (query) => expect(writeView(parsed(query)).toString()).toBe(query));

  it('leaves out what means nothing', () => {
    const query = 'period=9d&by=colour&provider=bank&runs=0&days=99999&order=up&table=maybe&prices=free';
    expect(writeView(parsed(query)).toString()).toBe('');
  });

  it('knows its pages', () => {
    expect(['what-if', undefined, 'nonsense'].map(pageOf)).toEqual(['what-if', 'spend', null]);
  });
});

it('takes whole numbers within their limits only', () => {
  expect(['1', '10', ' 7 ', '0', '11', '1.5', '-3', '', '1e3', null].map((text) => whole(text, 10))).toEqual([
    1,
    10,
    7,
    ...Array.from({ length: 7 }, () => null),
  ]);
});

it('begins a period at local midnight, today being its last day', () => {
  const now = new Date(2026, 10, 22, 14, 3).getTime() / 1000;
  expect(periodStart('7d', now)).toBe(new Date(2026, 10, 16).getTime() / 1000);
  expect(periodStart('all', now)).toBeNull();
  const { utc_offset_minutes } = spendQueryOf(parsed(''), now);
  expect(utc_offset_minutes + new Date(now * 1000).getTimezoneOffset()).toBe(0);
});
