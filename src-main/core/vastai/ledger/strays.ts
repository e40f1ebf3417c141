import type { Clock } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import type { DestroyAnswer } from '#shared/model/rentals.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { accountOf, isOfAnother, otherAccount } from '../account.ts';
import { LABEL_PREFIX, type Markets } from '../seams.ts';
import { destroyUntilGone } from './destroy.ts';
import type { Endings } from './endings.ts';
import type { StoreLedger } from './ledger.ts';
import type { RsRentalRow } from './rental-row.ts';
import { createRuns } from './runs.ts';

const BECAUSE = 'destroyed by the user';

export interface StraysDeps {
  readonly ledger: StoreLedger;
  readonly markets: Markets;
  readonly endings: Endings;
  readonly clock: Clock;
  isHeld(rentalId: string): boolean;
  /** It is seen gone. */
  onGone(market: Market, contractId: number): void;
}

export interface StrayDestroyer {
  destroy(market: Market, contractId: number, limitMs: Milliseconds): Promise<DestroyAnswer>;
  close(graceMs: Milliseconds): Promise<void>;
}

/** Destroys what somebody pointed at, unless a running job uses it or it is none of ours. */
export function createStrayDestroyer(deps: StraysDeps): StrayDestroyer {
  const { ledger, markets, endings, clock } = deps;
  const runs = createRuns<DestroyAnswer>(clock);

  const endRow = (row: RsRentalRow, limitMs: Milliseconds): Promise<DestroyAnswer> => {
    if (deps.isHeld(row.rental_id) && row.state !== 'closing')
      throw new CodedError(
        'request.invalid',
        `Job ${row.job_id} is running on instance ${row.contract_id ?? row.label}. Cancel the job: that destroys it.`,
      );
    return endings.end(row.rental_id, BECAUSE, limitMs);
  };

  /** Not in the ledger, or there as gone. */
  async function destroyUnknown(
    market: Market,
    contract_id: number,
    limitMs: Milliseconds,
    signal: AbortSignal,
  ): Promise<DestroyAnswer> {
    let trouble: CodedError | null = null;
    try {
      const client = await markets.client(market);
      const known = ledger.rowOfContract(market, contract_id);
      if (known !== null && isOfAnother(known, await accountOf(client, signal))) throw otherAccount();
      const instance = await client.show(contract_id, signal);
      if (instance === null) return isGone(contract_id);
      if (known !== null) {
        endings.note(known.rental_id, () => ledger.closing(known.rental_id, BECAUSE));
        return await endRow(ledger.row(known.rental_id) ?? known, limitMs);
      }
      const label = instance.label ?? '';
      if (!label.startsWith(LABEL_PREFIX))
        throw new CodedError(
          'rental.not_found',
          `Instance ${contract_id} does not bear a label of Runescope's, and is left alone. Destroy it where it was rented.`,
        );
      const row = ledger.rowOfLabel(market, label);
      if (row?.contract_id === null) {
        if (row.state === 'intent' && deps.isHeld(row.rental_id)) return endRow(row, limitMs);
        endings.note(row.rental_id, () => ledger.created(row.rental_id, contract_id));
        return await endRow(ledger.row(row.rental_id) ?? row, limitMs);
      }
      if (row !== null) return await endRow(ledger.twin(row.rental_id, contract_id), limitMs);
      await destroyUntilGone(client, contract_id, clock, signal, {
        accepted: () => {},
        present: () => {},
        trouble: (thrown) => {
          trouble = thrown;
        },
      });
      return isGone(contract_id);
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || OURS.has(thrown.code)) throw thrown;
      return notGone(contract_id, trouble ?? (signal.aborted ? null : thrown));
    }
  }

  return {
    close: runs.close,
    async destroy(market, contractId, limitMs) {
      const row = ledger.rowOfContract(market, contractId);
      // One that was seen gone and is there again stands in the ledger as gone: the market is asked.
      const answer =
        row !== null && row.state !== 'gone'
          ? await endRow(row, limitMs)
          : ((await runs.join(`${market} ${contractId}`, limitMs, (signal) =>
              destroyUnknown(market, contractId, limitMs, signal),
            )) ?? notGone(contractId, null));
      if (answer.gone) deps.onGone(market, contractId);
      return answer;
    },
  };
}

/** Told to whoever asked; everything else is the market's trouble. */
const OURS: ReadonlySet<string> = new Set(['request.invalid', 'rental.not_found']);

const isGone = (contract_id: number): DestroyAnswer => ({
  contract_id,
  gone: true,
  message: `Instance ${contract_id} is gone: the market says that there is none.`,
});

const notGone = (contract_id: number, why: CodedError | null): DestroyAnswer => ({
  contract_id,
  gone: false,
  message: `Instance ${contract_id} was not seen gone in time${why === null ? '' : ` (${why.message})`}. Look again, or destroy it on the market's own page.`,
});
