import { formatDuration, formatSignificant } from '#shared/lib/format.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** `340/s, 12.0 s left`; '' before there is a pace to speak of. */
export function pace(done: number, total: number | null, ms: Milliseconds): string {
  if (done === 0 || ms < 500) return '';
  const perSecond = (done / ms) * 1000;
  const left =
    total === null || total <= done ? '' : `, ${formatDuration(((total - done) / perSecond) * 1000)} left`;
  return `${formatSignificant(perSecond)}/s${left}`;
}
