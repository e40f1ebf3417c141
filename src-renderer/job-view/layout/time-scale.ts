import { formatDuration } from '#shared/lib/format.ts';
import type { Microseconds } from '#shared/model/units.ts';
import type { TimeRange } from './tree.ts';

/** The narrowest window: ten nanoseconds a pixel is past what any clock here resolves. */
const NARROWEST_US = 10;

export const widthOf = (range: TimeRange): Microseconds => range.endUs - range.startUs;
export const toX = (us: Microseconds, range: TimeRange, widthPx: number): number =>
  ((us - range.startUs) / widthOf(range)) * widthPx;
export const toTime = (x: number, range: TimeRange, widthPx: number): Microseconds =>
  range.startUs + (x / Math.max(1, widthPx)) * widthOf(range);

/** Inside `extent`, at least NARROWEST_US wide; a window wider than the extent is the extent. */
export function clampRange(range: TimeRange, extent: TimeRange): TimeRange {
  const whole = widthOf(extent);
  const width = Math.min(whole, Math.max(NARROWEST_US, widthOf(range)));
  const startUs = Math.min(extent.endUs - width, Math.max(extent.startUs, range.startUs));
  return { startUs, endUs: startUs + width };
}

/** `factor` below 1 zooms in; the time under `atUs` stays where it is. */
export function zoomRange(
  range: TimeRange,
  atUs: Microseconds,
  factor: number,
  extent: TimeRange,
): TimeRange {
  const width = Math.min(widthOf(extent), Math.max(NARROWEST_US, widthOf(range) * factor));
  const share = (atUs - range.startUs) / widthOf(range);
  const startUs = atUs - share * width;
  return clampRange({ startUs, endUs: startUs + width }, extent);
}

export const panRange = (range: TimeRange, byUs: Microseconds, extent: TimeRange): TimeRange =>
  clampRange({ startUs: range.startUs + byUs, endUs: range.endUs + byUs }, extent);

/** The span with a twentieth of its width as air on either side. */
export function fitRange(span: TimeRange, extent: TimeRange): TimeRange {
  const air = Math.max(NARROWEST_US / 2, widthOf(span) / 20);
  return clampRange({ startUs: span.startUs - air, endUs: span.endUs + air }, extent);
}

export interface Tick {
  /** Relative to the start of the extent. */
  readonly atUs: Microseconds;
  readonly text: string;
}

/** Round times (1, 2 or 5 of a power of ten; minutes and hours in theirs), at least `minPx` apart. */
export function ticksOf(
  range: TimeRange,
  zeroUs: Microseconds,
  widthPx: number,
  minPx = 90,
): readonly Tick[] {
  if (widthPx <= 0) return [];
  const step = roundStep((widthOf(range) * minPx) / widthPx);
  const ticks: Tick[] = [];
  const first = Math.ceil((range.startUs - zeroUs) / step);
  const last = Math.floor((range.endUs - zeroUs) / step);
  for (let k = first; k <= last && ticks.length < 200; k++) {
    const atUs = k * step;
    ticks.push({ atUs: zeroUs + atUs, text: tickText(atUs, step) });
  }
  return ticks;
}

const LONG_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

function roundStep(leastUs: Microseconds): Microseconds {
  if (leastUs > 1_000_000) {
    const long = LONG_STEPS_S.find((seconds) => seconds * 1e6 >= leastUs);
    return long === undefined ? Math.ceil(leastUs / 86_400e6) * 86_400e6 : long * 1e6;
  }
  const power = 10 ** Math.floor(Math.log10(leastUs));
  for (const head of [1, 2, 5]) if (head * power >= leastUs) return head * power;
  return 10 * power;
}

// A tick needs as many digits as its step, not three: 12.345 s beside 12.346 s.
function tickText(us: Microseconds, stepUs: Microseconds): string {
  if (us === 0) return '0';
  const size = Math.max(Math.abs(us), stepUs);
  if (size >= 60e6 && stepUs >= 1e6) return longText(us, stepUs);
  const [unit, text] = size >= 1e6 ? [1e6, 's'] : size >= 1e3 ? [1e3, 'ms'] : [1, 'µs'];
  const decimals = Math.max(0, Math.ceil(-Math.log10(stepUs / unit) - 1e-9));
  return `${(us / unit).toFixed(Math.min(9, decimals))} ${text}`;
}

// Durations say two units; beside ticks of a minute or less an hour needs its seconds, a day its minutes.
function longText(us: Microseconds, stepUs: Microseconds): string {
  const finest = us >= 86_400e6 ? 3600e6 : us >= 3600e6 ? 60e6 : 1e6;
  if (stepUs % finest === 0) return formatDuration(us / 1000);
  const seconds = Math.round(us / 1e6);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
  return stepUs % 60e6 === 0 ? minutes : `${minutes} ${two(seconds % 60)} s`;
}
