import type { CodedError, Failure } from '#shared/model/failure.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import type { RentalStatus, Stray } from '#shared/model/rentals.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { StoreLedger } from './ledger.ts';
import type { RsRentalRow } from './rental-row.ts';

interface Checked {
  readonly at: EpochSeconds | null;
  readonly labelled: readonly Stray[];
  readonly trouble: Failure | null;
}

/** What the last look at each market told; the ledger is asked anew each time. */
export interface Standing {
  checked(market: Market, at: EpochSeconds, labelled: readonly Stray[], trouble: CodedError | null): void;
  /** It could not be asked: what was known stays. */
  troubled(market: Market, failure: Failure): void;
  strayGone(market: Market, contractId: number): void;
  /** The others have nothing of ours any more. */
  only(markets: readonly Market[]): void;
  of(market: Market): RentalStatus;
  all(): RentalStatus;
}

const NEVER: Checked = { at: null, labelled: [], trouble: null };

export function createStanding(ledger: StoreLedger): Standing {
  const markets = new Map<Market, Checked>();
  const known = (market: Market): Checked => markets.get(market) ?? NEVER;

  const status = (of: readonly Market[], market?: Market): RentalStatus => {
    const looks = of.map(known);
    const times = looks.flatMap(({ at }) => at ?? []);
    return {
      ...ledger.totals(market),
      strays: [
        ...ledger.overdue(market).map(strayOfRow),
        ...looks
          .flatMap(({ labelled }) => labelled)
          .filter((stray) => ledger.rowOfContract(stray.market, stray.contract_id) === null),
      ],
      // As old as the oldest look: nothing is said to be known that is not.
      checked_at: times.length < looks.length || times.length === 0 ? null : Math.min(...times),
      trouble: looks.find(({ trouble }) => trouble !== null)?.trouble ?? null,
    };
  };

  return {
    checked: (market, at, labelled, trouble) =>
      void markets.set(market, { at, labelled, trouble: trouble === null ? null : toFailure(trouble) }),
    troubled: (market, trouble) => void markets.set(market, { ...known(market), trouble }),
    strayGone(market, contractId) {
      const { labelled, ...rest } = known(market);
      if (!markets.has(market)) return;
      markets.set(market, {
        ...rest,
        labelled: labelled.filter(({ contract_id }) => contract_id !== contractId),
      });
    },
    only(some) {
      for (const market of [...markets.keys()]) if (!some.includes(market)) markets.delete(market);
    },
    of: (market) => status([market], market),
    all: () => status([...markets.keys()]),
  };
}

const strayOfRow = (row: RsRentalRow): Stray => ({
  market: row.market,
  contract_id: row.contract_id ?? 0,
  label: row.label,
  gpu_name: row.gpu_name,
  usd_hour: row.usd_hour,
  started_at: row.started_at,
  status: null,
  kind: 'ours',
});
