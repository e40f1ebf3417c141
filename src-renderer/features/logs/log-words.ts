import { formatClock, formatDateTime } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** Local `14:03:07.042`: lines of one second are told apart. */
export function lineClock(at: EpochSeconds): string {
  const ms = Math.min(999, Math.floor((at - Math.floor(at)) * 1000));
  return `${formatClock(at)}.${String(ms).padStart(3, '0')}`;
}

/** Local `11-22`. */
export const lineDate = (at: EpochSeconds): string => formatDateTime(at).slice(5, 10);

/** `kind=agentic-agent model="llama 3"`; what is not known is left out. */
export const fieldWords = (fields: LogLine['fields']): string =>
  Object.entries(fields)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${fieldText(value)}`]))
    .join(' ');

function fieldText(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}
