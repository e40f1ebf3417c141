import { isOpen } from '#renderer/widgets/rental-words.ts';
import type { Rental } from '#shared/model/rentals.ts';

export const RENTAL_COLUMNS = [
  'state',
  'market',
  'gpu',
  'machine',
  'job',
  'usd_hour',
  'started',
  'duration',
  'cost',
  'boot',
  'download',
  'tokens',
  'ended',
] as const;
export type RentalColumn = (typeof RENTAL_COLUMNS)[number];

export interface RentalSort {
  readonly by: RentalColumn;
  readonly desc: boolean;
}

type Key = string | number | null;

function keyOf(rental: Rental, by: RentalColumn): Key {
  switch (by) {
    case 'state':
      return rental.state;
    case 'market':
      return rental.market;
    case 'gpu':
      return `${rental.gpu_name} ${String(rental.num_gpus).padStart(3, '0')}`;
    case 'machine':
      return rental.machine_id;
    case 'job':
      return rental.job_id;
    case 'usd_hour':
      return rental.usd_hour;
    case 'started':
      return rental.started_at ?? rental.intent_at;
    case 'duration':
      // Of one that runs, its length grows with every second: the earlier its start, the longer.
      return rental.started_at === null
        ? null
        : rental.ended_at === null
          ? 1e12 - rental.started_at
          : rental.ended_at - rental.started_at;
    case 'cost':
      return rental.cost_usd;
    case 'boot':
      return rental.boot_s;
    case 'download':
      return rental.download_mbps;
    case 'tokens':
      return rental.tokens_per_s;
    case 'ended':
      return rental.ended_because;
  }
}

/** Unknown comes last, whichever way. */
function compare(a: Key, b: Key, desc: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order =
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en');
  return desc ? -order : order;
}

/** As asked for; else what may cost money now first, and of each the newest. */
export function sortRentals(rentals: readonly Rental[], sort: RentalSort | null): readonly Rental[] {
  if (sort !== null)
    return rentals.toSorted((a, b) => compare(keyOf(a, sort.by), keyOf(b, sort.by), sort.desc));
  return rentals.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.intent_at - a.intent_at);
}

const TEXT: ReadonlySet<RentalColumn> = new Set(['state', 'market', 'gpu', 'job', 'ended']);

/** Figures begin with the highest, words with the first; a third click is the order there was. */
export function nextRentalSort(sort: RentalSort | null, by: RentalColumn): RentalSort | null {
  const first = !TEXT.has(by);
  if (sort?.by !== by) return { by, desc: first };
  return sort.desc === first ? { by, desc: !first } : null;
}
