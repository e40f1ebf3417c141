import type { EpochSeconds } from '#shared/model/units.ts';
import { chance } from './chance.ts';
import { type Ask, type Machine, makeAsks } from './machines.ts';
import { createPriceList } from './market-prices.ts';

/** Somebody else's rental lasts about this long. */
const OTHERS_S = 6 * 3600;
const OTHERS_SHARE = 0.12;

/** Cards of ours by machine. */
export type Held = ReadonlyMap<number, number>;

export type Standing = 'free' | 'rented' | 'unlisted' | 'taken';

/** All asks of the market, and which of them can be had. */
export function createAsks(seed: number, count: number) {
  const all = makeAsks(seed, count);
  const byId = new Map(all.map((ask) => [ask.id, ask]));

  /** Others come and go, but never while we are there. */
  const byOthers = ({ machineId }: Machine, now: EpochSeconds): boolean =>
    chance(seed, `others ${machineId} ${Math.floor((now + machineId * 601) / OTHERS_S)}`) < OTHERS_SHARE;

  return {
    all,
    prices: createPriceList(seed),
    find: (id: number): Ask | null => byId.get(id) ?? null,
    standing(ask: Ask, held: Held, now: EpochSeconds): Standing {
      const ours = held.get(ask.machine.machineId) ?? 0;
      if (ask.machine.numGpus - ours < ask.numGpus) return 'taken';
      if (ask.machine.unlisted) return 'unlisted';
      return ours === 0 && byOthers(ask.machine, now) ? 'rented' : 'free';
    },
  };
}

export type Asks = ReturnType<typeof createAsks>;

/** When its host next takes a machine back: never within a day of having just begun. */
export function endOfTerm({ term, endPhase }: Machine, now: EpochSeconds): EpochSeconds {
  const end = Math.ceil((now - endPhase) / term) * term + endPhase;
  return Math.round(end - now < 86_400 ? end + term : end);
}
