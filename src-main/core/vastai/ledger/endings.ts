import { pause } from '#core/ports/pause.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import { isStoreTrouble } from '#core/store/database.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import type { DestroyAnswer } from '#shared/model/rentals.ts';
import { type EpochSeconds, type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import { accountOf, isOfAnother, otherAccount } from '../account.ts';
import type { Markets, VastClient } from '../seams.ts';
import { destroyUntilGone } from './destroy.ts';
import type { StoreLedger } from './ledger.ts';
import { isOver } from './rental-machine.ts';
import type { RsRentalRow } from './rental-row.ts';
import { createRuns, type Runs } from './runs.ts';

/** A create that was under way may be carried out, and listed, as late as this; in whole lists, this often. */
const CREATE_SETTLES_MS: Milliseconds = 15_000;
const ABSENT_LISTS = 2;
const LIST_EVERY_MS: Milliseconds = 5000;

export interface EndingsDeps {
  readonly ledger: StoreLedger;
  readonly markets: Markets;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends rentals, each in one run however many want it ended. */
export interface Endings extends Pick<Runs<DestroyAnswer>, 'has' | 'close'> {
  end(rentalId: string, because: string, limitMs: Milliseconds, failure?: Failure): Promise<DestroyAnswer>;
  /** Writes that must not keep a machine running: what the store did not take, reconciling finds again. */
  note(rentalId: string, write: () => void): void;
}

/** What has become known while one rental is being ended; the row may not have been writable. */
interface Ending {
  readonly row: RsRentalRow;
  readonly client: VastClient;
  contractId: number | null;
  trouble: CodedError | null;
}

export function createEndings({ ledger, markets, clock, logger }: EndingsDeps): Endings {
  const runs = createRuns<DestroyAnswer>(clock);
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());

  function note(rentalId: string, write: () => void): void {
    try {
      write();
    } catch (thrown) {
      if (!isStoreTrouble(thrown)) throw thrown;
      const job_id = ledgerJob(rentalId);
      logger.log({
        level: 'warn',
        event: 'rental.not_written',
        message: toFailure(thrown).message,
        ...(job_id === undefined ? {} : { job_id }),
      });
    }
  }
  const ledgerJob = (rentalId: string): string | undefined => {
    try {
      return ledger.row(rentalId)?.job_id;
    } catch {
      return undefined;
    }
  };

  async function untilGone(ending: Ending, signal: AbortSignal): Promise<DestroyAnswer> {
    const { row, client } = ending;
    const { rental_id } = row;
    if (isOfAnother(row, await accountOf(client, signal))) throw otherAccount();
    ending.contractId ??= await contractOf(ending, signal);
    const contract_id = ending.contractId;
    if (contract_id === null) {
      note(rental_id, () => ledger.refused(rental_id, ending.trouble ?? NO_CONTRACT));
      return { contract_id, gone: true, message: 'The market has no instance with its label.' };
    }
    const endedAt = await destroyUntilGone(client, contract_id, clock, signal, {
      accepted: (at) => note(rental_id, () => ledger.destroyAccepted(rental_id, at)),
      present: () => note(rental_id, () => ledger.seen(rental_id, now())),
      trouble: (thrown) => {
        ending.trouble = thrown;
      },
    });
    note(rental_id, () => ledger.gone(rental_id, endedAt, now()));
    return {
      contract_id,
      gone: true,
      message: `Instance ${contract_id} is gone: the market says that there is none.`,
    };
  }

  /** Null: no instance has the label of this attempt, and none will. */
  async function contractOf(ending: Ending, signal: AbortSignal): Promise<number | null> {
    const { row, client } = ending;
    const { pace } = client.connection;
    const settledMs = clock.monotonicMs() + CREATE_SETTLES_MS / pace;
    for (let absent = 0; ; ) {
      // Its create came through while we were looking.
      const known = ledger.row(row.rental_id)?.contract_id ?? null;
      if (known !== null) return known;
      const listedMs = clock.monotonicMs();
      try {
        const found = (await client.list(signal)).find(({ label }) => label === row.label);
        if (found !== undefined && (ledger.row(row.rental_id)?.contract_id ?? null) === null) {
          note(row.rental_id, () => ledger.created(row.rental_id, found.id));
          return found.id;
        }
        if (found === undefined && listedMs >= settledMs) absent++;
      } catch (thrown) {
        if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
        ending.trouble = thrown;
      }
      if (absent >= ABSENT_LISTS) return ledger.row(row.rental_id)?.contract_id ?? null;
      await pause(clock, LIST_EVERY_MS / pace, signal);
    }
  }

  async function run(row: RsRentalRow, signal: AbortSignal): Promise<DestroyAnswer> {
    let ending: Ending | null = null;
    try {
      const client = await markets.client(row.market);
      ending = { row, client, contractId: row.contract_id, trouble: null };
      return await untilGone(ending, signal);
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      note(row.rental_id, () => ledger.notGone(row.rental_id));
      const why = ending?.trouble ?? (signal.aborted ? null : thrown);
      const contract_id = ending?.contractId ?? row.contract_id;
      const message = notGone(contract_id, why);
      logger.log({ level: 'warn', event: 'rental.not_gone', message, job_id: row.job_id });
      return { contract_id, gone: false, message };
    }
  }

  return {
    note,
    has: runs.has,
    close: runs.close,
    async end(rentalId, because, limitMs, failure) {
      const row = ledger.row(rentalId);
      if (row === null) throw new CodedError('rental.not_found', `The ledger has no rental ${rentalId}.`);
      const { contract_id } = row;
      if (isOver(row.state))
        return {
          contract_id,
          gone: true,
          message: contract_id === null ? 'The market made no contract.' : `Instance ${contract_id} is gone.`,
        };
      note(rentalId, () => ledger.closing(rentalId, because, failure));
      const answer = await runs.join(rentalId, limitMs, (signal) => run(row, signal));
      return answer ?? { contract_id, gone: false, message: notGone(contract_id, null) };
    },
  };
}

const NO_CONTRACT: Failure = {
  code: 'provider.create_failed',
  message: 'The market made no contract: no instance has the label of this attempt.',
};

function notGone(contractId: number | null, why: CodedError | null): string {
  const what = contractId === null ? 'What this attempt may have rented' : `Instance ${contractId}`;
  return `${what} was not seen gone in time${why === null ? '' : ` (${why.message})`}. It is tried again until it is.`;
}
