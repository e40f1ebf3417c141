import { expect, it } from 'vitest';
import { rateFigure, ratesTable, ratesTitle, rateWords } from './rates-data.ts';
import { groupOf } from './testing.ts';

const of = (key: string, succeeded: number, failures: number) =>
  groupOf(
    key,
    Array.from({ length: succeeded }, (_, i) => i + 1),
    { failures },
  );

it('names the best only where its interval lies above the others', () => {
  expect(ratesTitle([of('a', 98, 2), of('b', 60, 40)])).toBe('a succeeds most often: 98.0 %');
  expect(ratesTitle([of('a', 98, 2), of('b', 96, 4)])).toBe(
    'No group stands out in success: the intervals overlap',
  );
  expect(ratesTitle([of('a', 98, 2), of('b', 96, 4), of('c', 10, 90)])).toBe(
    'a succeeds more often than c: 98.0 % against 10.0 %',
  );
  expect(ratesTitle([of('a', 3, 0), of('b', 5, 0)])).toBe('Every finished job succeeded');
  expect(ratesTitle([of('a', 0, 0)])).toBe('No job has finished');
  expect(ratesTitle([of('a', 1, 1)])).toBe('How many jobs succeed?');
});

it('writes a rate with what it rests on', () => {
  expect(rateFigure(of('a', 3, 1))).toBe('75.0 %  3/4');
  expect(rateFigure(of('a', 0, 0))).toBe('–');
  expect(rateWords(of('a', 3, 1))).toBe('a: 75.0 % of 4 jobs succeeded, 95 % interval 30.1 % to 95.4 %.');
  expect(ratesTable([of('a', 3, 1)]).rows[0]?.slice(4)).toEqual([3, 1, 0, 0]);
});
