import type { Seconds } from '#shared/model/units.ts';
import { between } from './chance.ts';
import type { Contract, Fate } from './contract.ts';
import type { Machine } from './machines.ts';

/** Chances of what goes wrong; what is left of 1 goes well. */
export type FateRates = Readonly<Partial<Record<Exclude<Fate, 'fine'>, number>>>;

/** Modest: one machine in thirty is of no use, and one in a hundred is lost early. */
export const USUAL_FATES: FateRates = {
  'never-up': 0.008,
  'boot-error': 0.008,
  'boot-exit': 0.006,
  'no-ports': 0.006,
  silent: 0.002,
  exit: 0.003,
  lost: 0.005,
  ended: 0.003,
};

const DAY = 86_400;
const AT_ONCE: ReadonlySet<Fate> = new Set(['never-up', 'no-ports', 'silent']);

/** Draws what becomes of a contract; whatever the rates say, an unreliable machine is lost at some time. */
export function drawFate(
  next: () => number,
  rates: FateRates,
  { reliability }: Machine,
  boot_s: Seconds,
): Pick<Contract, 'fate' | 'fate_after_s'> {
  let left = next();
  const when = next();
  const lifetime = (-Math.log(1 - next()) * DAY) / -Math.log(Math.min(0.999_99, Math.max(0.5, reliability)));
  const vanishes = next() < 0.3;
  for (const [fate, rate] of Object.entries(rates) as [Fate, number][]) {
    left -= rate;
    if (left >= 0) continue;
    if (AT_ONCE.has(fate)) return { fate, fate_after_s: null };
    const early = fate === 'boot-error' || fate === 'boot-exit';
    return { fate, fate_after_s: boot_s * (early ? between(0.2, 0.95, when) : between(1, 3, when)) };
  }
  return { fate: vanishes ? 'ended' : 'lost', fate_after_s: boot_s + lifetime };
}
