import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { billedUntil } from './condition.ts';
import type { Contract, Volume } from './contract.ts';

const HOUR = 3600;
export const GB = 1e9;

export interface BillItem {
  readonly type: 'gpu' | 'disk' | 'bwd_down';
  readonly amount: Usd;
}

/** What is owed for the part of a contract between two moments. */
export interface PartBill {
  readonly start: EpochSeconds;
  readonly end: EpochSeconds;
  readonly amount: Usd;
  readonly items: readonly BillItem[];
}

/** Cards are paid while they are meant to run, disk always, bytes as they arrive. Null: nothing falls in between. */
export function billOf(
  contract: Contract,
  now: EpochSeconds,
  from = -Infinity,
  to: EpochSeconds = Infinity,
): PartBill | null {
  const end = Math.min(billedUntil(contract, now), to);
  const start = Math.max(contract.created_at, from);
  if (end < start) return null;
  const gpus = contract.dph_total - contract.storage_dph;
  const items: BillItem[] = [
    { type: 'gpu', amount: (gpus * secondsRunning(contract, start, end)) / HOUR },
    { type: 'disk', amount: (contract.storage_dph * (end - start)) / HOUR },
    { type: 'bwd_down', amount: (bytesIn(contract, start, end) / GB) * contract.down_cost },
  ];
  return { start, end, amount: items.reduce((sum, item) => sum + item.amount, 0), items };
}

export function volumeBill(
  volume: Volume,
  now: EpochSeconds,
  from = -Infinity,
  to: EpochSeconds = Infinity,
): PartBill | null {
  const end = Math.min(volume.destroyed_at ?? now, now, to);
  const start = Math.max(volume.created_at, from);
  if (end < start) return null;
  const amount = (volume.dph * (end - start)) / HOUR;
  return { start, end, amount, items: [{ type: 'disk', amount }] };
}

function secondsRunning({ created_at, moves }: Contract, start: EpochSeconds, end: EpochSeconds): number {
  const changes = [{ at: created_at, to: 'running' }, ...moves, { at: Infinity, to: 'stopped' }];
  return changes.reduce((sum, { at, to }, index) => {
    const next = changes[index + 1];
    if (to !== 'running' || next === undefined) return sum;
    return sum + Math.max(0, Math.min(next.at, end) - Math.max(at, start));
  }, 0);
}

/** The image arrives evenly while the machine boots; models when they are pulled. */
function bytesIn(contract: Contract, start: EpochSeconds, end: EpochSeconds): number {
  const { created_at, boot_s, image_bytes, pulls } = contract;
  const share = (at: EpochSeconds): number =>
    boot_s <= 0 ? Number(at >= created_at) : Math.min(1, Math.max(0, (at - created_at) / boot_s));
  const image = start <= created_at ? share(end) : share(end) - share(start);
  const models = pulls.reduce((sum, { at, bytes }) => sum + (at >= start && at < end ? bytes : 0), 0);
  return image_bytes * image + models;
}
