import { expect, it } from 'vitest';
import { fieldWords, lineClock, lineDate } from './log-words.ts';

it('tells the lines of one second apart', () => {
  expect(lineClock(1_800_000_000.0425)).toMatch(/^\d\d:\d\d:\d\d\.042$/);
  expect(lineClock(1_800_000_000)).toMatch(/\.000$/);
  expect(lineClock(1_800_000_000.9999)).toMatch(/\.999$/);
  expect(lineDate(1_800_000_000)).toBe('01-15');
});

it('writes fields as they are searched, quoted where they hold blanks, without those nobody knows', () => {
  expect(fieldWords({ kind: 'ask', model: 'llama 3', n: 0, ok: false, host: '', why: null })).toBe(
    'kind=ask model="llama 3" n=0 ok=false host=""',
  );
  expect(fieldWords({})).toBe('');
});
