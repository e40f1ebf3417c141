import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { CodedError } from '#shared/model/failure.ts';
import { destroyRental, listRentals, reconcileRentals } from './commands/rentals.ts';
import { whole } from './flags.ts';
import type { Prepared } from './prepared.ts';

interface RentalsFlags {
  readonly data?: string;
  readonly store?: string;
}
interface ListFlags extends RentalsFlags {
  readonly open?: true;
  readonly job?: string;
  readonly limit: number;
  readonly offset: number;
}

const dataDirOf = ({ data, store }: RentalsFlags): string => {
  if (store === undefined) return dataDirFor(data);
  throw new CodedError('request.invalid', 'Rentals belong to a data directory (--data), not to a store.');
};

/** `rentals` with what it holds. */
export function addRentals(program: Command, prepare: (command: Prepared) => void): void {
  const rentals = program
    .command('rentals')
    .description('what was rented: list it, destroy it, look whether anything was left running');
  rentals
    .command('list')
    .description('the ledger, newest first, and what should not be there')
    .option('--open', 'only what is not over')
    .option('--job <id>', 'only of this job')
    .option('--limit <n>', 'how many', whole(1), 200)
    .option('--offset <n>', 'how many to skip', whole(0), 0)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ListFlags>();
      const { open = false, job: job_id, limit, offset } = flags;
      prepare((output) => listRentals(dataDirOf(flags), { open, job_id, limit, offset }, output));
    });
  rentals
    .command('destroy')
    .description('end a rental, or what should not be there, and look whether it is gone')
    .argument('<id>', 'rental_id, contract id, or market/contract id')
    .option('--yes', 'without asking')
    .option('--wait <seconds>', 'how long to look whether it is gone, up to 600', whole(1), 60)
    .action((id: string, _: unknown, command: Command) => {
      const {
        yes = false,
        wait,
        ...flags
      } = command.optsWithGlobals<RentalsFlags & { yes?: true; wait: number }>();
      prepare((output, interrupts) =>
        destroyRental(dataDirOf(flags), id, { yes, wait_s: wait }, output, interrupts),
      );
    });
  rentals
    .command('reconcile')
    .description('ask every market what exists, and end what the ledger says should be gone')
    .action((_: unknown, command: Command) =>
      prepare((output) => reconcileRentals(dataDirOf(command.optsWithGlobals()), output)),
    );
}
