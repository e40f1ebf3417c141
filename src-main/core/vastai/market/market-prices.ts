import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { between, chance, drift } from './chance.ts';
import type { Ask } from './machines.ts';

/** Prices stand still within one. */
const BUCKET_S = 60;
const HOUR = 3600;
export const HOURS_PER_MONTH = 730;

/** How far a type's price swings, as shares of it, and how fast: minutes, hours, days and a week. */
const SWINGS = [
  [12 * 60, 0.012],
  [4 * HOUR, 0.035],
  [36 * HOUR, 0.06],
  [8 * 24 * HOUR, 0.09],
] as const;

/** What the market asks now, from nothing but its seed and the time. */
export function createPriceList(seed: number) {
  let bucket = Number.NaN;
  const types = new Map<string, number>();
  const asks = new Map<number, Usd>();

  const ofType = (key: string, at: EpochSeconds): number =>
    SWINGS.reduce((sum, [period, size]) => sum + size * drift(seed, `type ${key} ${period}`, at, period), 0);

  function ofAsk({ id, machine, numGpus }: Ask, at: EpochSeconds): Usd {
    const key = machine.gpu.key;
    const type = types.get(key) ?? ofType(key, at);
    types.set(key, type);
    // Most hosts set a price and leave it for hours; a third let a program follow the market.
    const patience = between(1.5, 30, chance(seed, `patience ${machine.hostId}`)) * HOUR;
    const step = chance(seed, `step ${machine.machineId} ${Math.floor(at / patience)}`) - 0.5;
    const follows = chance(seed, `follows ${machine.hostId}`) < 0.33;
    const quick = follows ? 0.02 * drift(seed, `ask ${id}`, at, 5 * 60) : 0;
    const whole = numGpus === 1 ? 1.04 : 1;
    return Number((machine.usdHour * numGpus * whole * Math.exp(type + 0.1 * step + quick)).toFixed(6));
  }

  return {
    /** Per hour without storage, on demand. */
    base(ask: Ask, now: EpochSeconds): Usd {
      const current = Math.floor(now / BUCKET_S);
      if (current !== bucket) {
        types.clear();
        asks.clear();
        bucket = current;
      }
      const known = asks.get(ask.id);
      if (known !== undefined) return known;
      const usd = ofAsk(ask, current * BUCKET_S);
      asks.set(ask.id, usd);
      return usd;
    },
  };
}

export type PriceList = ReturnType<typeof createPriceList>;

/** Per hour, of `gb` on that machine. */
export const storagePerHour = ({ machine }: Pick<Ask, 'machine'>, gb: number): Usd =>
  (machine.storageCost * gb) / HOURS_PER_MONTH;

/** The lowest bid per hour; null where none is taken. */
export const lowestBid = ({ machine }: Pick<Ask, 'machine'>, base: Usd): Usd | null =>
  machine.bidShare === null ? null : Number((base * machine.bidShare).toFixed(6));
