/** One day with something on it. Dates are YYYY-MM-DD, as archive keys hold them: days of UTC, never shifted. */
export interface DayCount {
  readonly date: string;
  readonly count: number;
}
export interface CalendarDay extends DayCount {
  /** Weeks from the left; weekday from the top, Monday first. */
  readonly week: number;
  readonly weekday: number;
  /** 0 for none, 1 to 4 by quarter of the days that have any. */
  readonly level: 0 | 1 | 2 | 3 | 4;
}
export interface CalendarYear {
  readonly days: readonly CalendarDay[];
  readonly weeks: number;
  readonly months: readonly { readonly title: string; readonly week: number }[];
  readonly total: number;
}

const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const ordinal = (date: string): number => Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** The epoch was a Thursday. */
const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

export const shiftDay = (date: string, days: number): string => dateOf(ordinal(date) + days);

/** The years that have a day, newest first, always with `now`'s. */
export function yearsOf(days: readonly DayCount[], today: string): readonly number[] {
  const years = new Set([Number(today.slice(0, 4)), ...days.map(({ date }) => Number(date.slice(0, 4)))]);
  return [...years].filter((year) => year > 0).sort((a, b) => b - a);
}

/** A whole year as columns of weeks. */
export function layOutYear(year: number, counts: readonly DayCount[]): CalendarYear {
  const prefix = String(year).padStart(4, '0');
  const first = ordinal(`${prefix}-01-01`);
  const last = ordinal(`${prefix}-12-31`);
  const of = new Map(
    counts.filter(({ date }) => date.startsWith(`${prefix}-`)).map((day) => [day.date, day.count]),
  );
  const levels = levelsOf([...of.values()]);
  const lead = weekdayOf(first);
  const days: CalendarDay[] = [];
  const months: { title: string; week: number }[] = [];
  for (let day = first; day <= last; day++) {
    const date = dateOf(day);
    const week = Math.floor((day - first + lead) / 7);
    const count = of.get(date) ?? 0;
    if (date.endsWith('-01')) months.push({ title: MONTHS[Number(date.slice(5, 7)) - 1] ?? '', week });
    days.push({ date, week, weekday: weekdayOf(day), count, level: levels(count) });
  }
  return {
    days,
    months,
    weeks: (days.at(-1)?.week ?? 0) + 1,
    total: [...of.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Quarters of the days that have any; days of equal count are always on one level. */
function levelsOf(counts: readonly number[]): (count: number) => CalendarDay['level'] {
  const sorted = counts.filter((count) => count > 0).sort((a, b) => a - b);
  const quarter = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const [low, middle, high] = [quarter(0.25), quarter(0.5), quarter(0.75)];
  return (count) => {
    if (count <= 0) return 0;
    // All days alike: neither faint nor full.
    if (sorted[0] === sorted.at(-1)) return 3;
    return count <= low ? 1 : count <= middle ? 2 : count <= high ? 3 : 4;
  };
}

/** The day that has the focus after a key; null when the key moves nothing. Stays within the year. */
export function moveDay(date: string, key: string): string | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -7,
    ArrowRight: 7,
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -28,
    PageDown: 28,
  };
  const year = date.slice(0, 4);
  if (key === 'Home') return `${year}-01-01`;
  if (key === 'End') return `${year}-12-31`;
  const step = steps[key];
  if (step === undefined) return null;
  const next = shiftDay(date, step);
  if (next.slice(0, 4) === year) return next;
  return step < 0 ? `${year}-01-01` : `${year}-12-31`;
}

export interface DayRange {
  readonly from: string;
  readonly to: string;
}
export const rangeOf = (a: string, b: string): DayRange => (a <= b ? { from: a, to: b } : { from: b, to: a });

/** The calendar in a sentence. */
export function inWords(year: number, counts: readonly DayCount[]): string {
  const days = counts.filter(
    (day) => day.date.startsWith(`${String(year).padStart(4, '0')}-`) && day.count > 0,
  );
  const busiest = days.reduce<DayCount | null>(
    (best, day) => (best === null || day.count > best.count ? day : best),
    null,
  );
  if (busiest === null) return `No results in ${year}.`;
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const grouped = (count: number): string => count.toLocaleString('en-US');
  return `${grouped(total)} ${total === 1 ? 'result' : 'results'} on ${days.length} ${days.length === 1 ? 'day' : 'days'} of ${year}; most on ${busiest.date}: ${grouped(busiest.count)}.`;
}
