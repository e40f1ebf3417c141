import { describe, expect, it } from 'vitest';
import { inWords, layOutYear, moveDay, rangeOf, shiftDay, yearsOf } from './calendar.ts';

describe('a year of days', () => {
  it('stands in columns of weeks from Monday to Sunday', () => {
    const year = layOutYear(2026, []);
    expect(year.days).toHaveLength(365);
    // 1 January 2026 is a Thursday, 31 December too.
    expect(year.days[0]).toMatchObject({ date: '2026-01-01', week: 0, weekday: 3 });
    expect(year.days[4]).toMatchObject({ date: '2026-01-05', week: 1, weekday: 0 });
    expect(year.days.at(-1)).toMatchObject({ date: '2026-12-31', week: 52, weekday: 3 });
    expect(year.weeks).toBe(53);
    expect(year.months.map((month) => month.title)).toHaveLength(12);
    expect(year.months[1]).toEqual({ title: 'Feb', week: 4 });
  });

  it('has a leap day and weekdays before the epoch', () => {
    expect(layOutYear(2024, []).days).toHaveLength(366);
    expect(layOutYear(1969, []).days[0]).toMatchObject({ date: '1969-01-01', weekday: 2 });
  });

  it('marks its days by quarter, equal counts alike, none as none', () => {
    const counts = [1, 1, 2, 5, 9, 40, 80, 1000].map((count, i) => ({ date: `2026-03-0${i + 1}`, count }));
    const year = layOutYear(2026, [...counts, { date: '2025-03-01', count: 7 }]);
    const march = year.days.filter(({ date }) => date.startsWith('2026-03-0'));
    expect(march.map(({ level }) => level)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 0]);
    expect(year.total).toBe(1138);
    expect(layOutYear(2026, [{ date: '2026-03-01', count: 4 }]).days[59]?.level).toBe(3);
  });
});

describe('moving about', () => {
  it('goes by day and week and stays in the year', () => {
    expect(moveDay('2026-03-01', 'ArrowUp')).toBe('2026-02-28');
    expect(moveDay('2026-03-01', 'ArrowRight')).toBe('2026-03-08');
    expect(moveDay('2026-01-03', 'ArrowLeft')).toBe('2026-01-01');
    expect(moveDay('2026-12-30', 'PageDown')).toBe('2026-12-31');
    expect(moveDay('2026-06-01', 'End')).toBe('2026-12-31');
    expect(moveDay('2026-06-01', 'q')).toBeNull();
  });
  it('knows ranges either way round, and days over a year', () => {
    expect(rangeOf('2026-02-01', '2026-01-01')).toEqual({ from: '2026-01-01', to: '2026-02-01' });
    expect(shiftDay('2024-02-28', 2)).toBe('2024-03-01');
  });
});

describe('in words', () => {
  it('counts days and names the busiest', () => {
    const days = [
      { date: '2026-01-01', count: 1200 },
      { date: '2026-01-02', count: 3 },
      { date: '2024-01-02', count: 9 },
    ];
    expect(inWords(2026, days)).toBe('1,203 results on 2 days of 2026; most on 2026-01-01: 1,200.');
    expect(inWords(2025, days)).toBe('No results in 2025.');
    expect(yearsOf(days, '2027-01-01')).toEqual([2027, 2026, 2024]);
  });
});
