/** Numbers and times as a reader sees them: three significant digits with their unit; unknown is an en dash. */
export const UNKNOWN = '–';

type Maybe = number | null | undefined;
const isKnown = (value: Maybe): value is number =>
  value !== null && value !== undefined && !Number.isNaN(value);

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Three significant digits without an exponent: 0.0123, 1.24, 18.9, 312. */
export function formatSignificant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Math.min(20, Math.max(0, decimals)));
}

/** `812 µs`, `312 ms`, `1.24 s`, `2 m 05 s`, `3 h 12 m`, `2 d 04 h`. */
export function formatDuration(ms: Maybe): string {
  if (!isKnown(ms)) return UNKNOWN;
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.9995) return `${formatSignificant(Math.max(ms * 1000, 0.001))} µs`;
  if (ms < 999.5) return `${formatSignificant(ms)} ms`;
  if (ms < 59_950) return `${formatSignificant(ms / 1000)} s`;
  const pair = (value: number, outer: number, inner: number, units: readonly [string, string]): string => {
    const steps = Math.round(value / inner);
    const perOuter = outer / inner;
    return `${Math.floor(steps / perOuter)} ${units[0]} ${String(steps % perOuter).padStart(2, '0')} ${units[1]}`;
  };
  if (ms < HOUR_MS - 500) return pair(ms, MINUTE_MS, 1000, ['m', 's']);
  if (ms < DAY_MS - MINUTE_MS / 2) return pair(ms, HOUR_MS, MINUTE_MS, ['h', 'm']);
  if (!Number.isFinite(ms)) return '∞';
  return pair(ms, DAY_MS, HOUR_MS, ['d', 'h']);
}

/** The whole number for a tooltip or the clipboard: `1,240.512 ms`. */
export const formatDurationExact = (ms: Maybe): string => (isKnown(ms) ? `${grouped(ms, 3)} ms` : UNKNOWN);

/** `$0.0034`, `$0.84`, `$12.30`, `$1,234`: below a dollar three significant digits, never fewer than two decimals. */
export function formatUsd(usd: Maybe): string {
  if (!isKnown(usd)) return UNKNOWN;
  if (usd < 0) return `−${formatUsd(-usd)}`;
  if (usd === 0) return '$0.00';
  if (usd < 0.000_001) return '<$0.000001';
  if (usd >= 999.995) return `$${grouped(usd, 0)}`;
  if (usd >= 0.9995) return `$${usd.toFixed(2)}`;
  const [whole = '0', decimals = ''] = formatSignificant(usd).split('.');
  return `$${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** The same, rounded up: who agrees to `up to $12.41` agrees to no less than is spent. */
export function formatUsdUp(usd: Maybe): string {
  if (!isKnown(usd) || usd < 0.000_001) return formatUsd(usd);
  const step = usd >= 999 ? 1 : usd >= 0.999 ? 0.01 : 10 ** (Math.floor(Math.log10(usd)) - 2);
  // What lies on a step already must not be lifted by what division leaves over.
  return formatUsd(Math.ceil(usd / step - 1e-9) * step);
}

/** Exact below 10,000 (`9,999`), then `12.3 k`, `1.2 M`, `3 G`. */
export function formatCount(count: Maybe): string {
  if (!isKnown(count)) return UNKNOWN;
  if (Math.abs(count) < 9999.5) return grouped(count, Number.isInteger(count) ? 0 : 2);
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T']);
}

/** Decimal units: `512 B`, `4.1 kB`, `1.2 GB`. */
export const formatBytes = (bytes: Maybe): string =>
  isKnown(bytes) ? scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']) : UNKNOWN;

/** A fraction of one as `3.4 %`; above zero but tiny is `<0.1 %`. */
export function formatPercent(fraction: Maybe): string {
  if (!isKnown(fraction)) return UNKNOWN;
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (Math.abs(percent) >= 99.95 || percent === 0) return `${Math.round(percent)} %`;
  return `${percent.toFixed(1)} %`;
}

/** `48.2 tok/s` and the like. */
export const formatRate = (perSecond: Maybe, unit: string): string =>
  isKnown(perSecond) ? `${formatSignificant(perSecond)} ${unit}` : UNKNOWN;

/** Local wall clock `14:03:07`, of seconds since the epoch. */
export function formatClock(epochSeconds: Maybe): string {
  if (!isTime(epochSeconds)) return UNKNOWN;
  const at = new Date(epochSeconds * 1000);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
}

/** Local `2026-11-22 14:03:07`. */
export function formatDateTime(epochSeconds: Maybe): string {
  if (!isTime(epochSeconds)) return UNKNOWN;
  const at = new Date(epochSeconds * 1000);
  const date = [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join('-');
  return `${date} ${formatClock(epochSeconds)}`;
}

/** ISO 8601 in UTC with milliseconds, for a tooltip or the clipboard. */
export const formatIso = (epochSeconds: Maybe): string =>
  isTime(epochSeconds) ? new Date(epochSeconds * 1000).toISOString() : UNKNOWN;

/** `just now`, `42 s ago`, `5 m ago`, `3 h ago`; a day and older is the local date and time. */
export function formatAgo(epochSeconds: Maybe, nowSeconds: number): string {
  if (!isTime(epochSeconds)) return UNKNOWN;
  const age = nowSeconds - epochSeconds;
  if (age < 0 && age > -2) return 'just now';
  if (age < 0) return formatDateTime(epochSeconds);
  if (age < 2) return 'just now';
  if (age < 60) return `${Math.floor(age)} s ago`;
  if (age < 3600) return `${Math.floor(age / 60)} m ago`;
  if (age < 86_400) return `${Math.floor(age / 3600)} h ago`;
  return formatDateTime(epochSeconds);
}

/** The day in UTC, `2026-10-14`: how prices are dated. */
export const formatDay = (epochSeconds: Maybe): string =>
  isTime(epochSeconds) ? formatIso(epochSeconds).slice(0, 10) : UNKNOWN;

/** How old something is, in its largest whole unit: `40 minutes`, `1 day`, `39 days`, `14 months`. */
export function formatAge(ageSeconds: Maybe): string {
  if (!isKnown(ageSeconds)) return UNKNOWN;
  const days = ageSeconds / 86_400;
  const [count, unit] =
    days >= 730
      ? [days / 365.25, 'year']
      : days >= 61
        ? [days / 30.44, 'month']
        : days >= 1
          ? [days, 'day']
          : ageSeconds >= 3600
            ? [ageSeconds / 3600, 'hour']
            : [ageSeconds / 60, 'minute'];
  const whole = Math.floor(count);
  if (whole < 1) return 'less than a minute';
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** Ids show their first eight characters; the whole goes to the clipboard. */
export const formatId = (id: string): string => id.slice(0, 8);

const isTime = (epochSeconds: Maybe): epochSeconds is number =>
  isKnown(epochSeconds) && Math.abs(epochSeconds) <= 8.64e12;
const twoDigits = (n: number): string => String(n).padStart(2, '0');

// Making a formatter costs as much as a hundred uses of one.
const groupers = new Map<number, Intl.NumberFormat>();

function grouped(value: number, decimals: number): string {
  let grouper = groupers.get(decimals);
  if (grouper === undefined) {
    grouper = new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals });
    groupers.set(decimals, grouper);
  }
  return grouper.format(value);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let exponent = 0;
  let rest = value;
  while (Math.abs(Number(rest.toPrecision(3))) >= step && exponent < units.length - 1) {
    rest /= step;
    exponent++;
  }
  const text = exponent === 0 ? grouped(rest, 0) : stripZeros(formatSignificant(rest));
  return `${text} ${units[exponent] ?? ''}`.trimEnd();
}

const stripZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** About how many runs, rounded up to two digits: it is a reckoning. `3,200` of 3,123. */
export function formatRuns(runs: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, runs))) - 1);
  return (Math.ceil(runs / step) * step).toLocaleString('en-US');
}
