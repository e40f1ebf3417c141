import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { CodedError } from '#shared/model/failure.ts';
import { previewRetention, runRetention } from './commands/retention.ts';
import type { Prepared } from './prepared.ts';

interface Flags {
  readonly data?: string;
  readonly store?: string;
}

function dataDirOf({ data, store }: Flags): string {
  if (store === undefined) return dataDirFor(data);
  throw new CodedError(
    'request.invalid',
    'Retention is of a data directory (--data): another store is never changed.',
  );
}

export function addRetention(program: Command, prepare: (command: Prepared) => void): void {
  const retention = program
    .command('retention')
    .description('jobs that are too old or too much by the settings, and that every archive has');
  retention
    .command('preview')
    .description('what would be deleted, and what stays')
    .action((_: unknown, command: Command) =>
      prepare((output) => previewRetention(dataDirOf(command.optsWithGlobals()), output)),
    );
  retention
    .command('run')
    .description('delete what the preview shows; it is shown first')
    .option('--yes', 'agree to it')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { readonly yes?: true }>();
      prepare((output, interrupts) =>
        runRetention(dataDirOf(flags), { yes: flags.yes === true }, output, interrupts),
      );
    });
}
