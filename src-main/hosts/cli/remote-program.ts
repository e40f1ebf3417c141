import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { CodedError } from '#shared/model/failure.ts';
import { addRemote, listRemotes, removeRemote, testRemote } from './commands/remotes.ts';
import type { Prepared } from './prepared.ts';

interface RemoteFlags {
  readonly data?: string;
  readonly store?: string;
}
interface AddFlags extends RemoteFlags {
  readonly name?: string;
  readonly tenant?: string;
  readonly tokenSecret?: string;
}

const dataDirOf = ({ data, store }: RemoteFlags): string => {
  if (store === undefined) return dataDirFor(data);
  throw new CodedError('request.invalid', 'Remotes belong to a data directory (--data), not to a store.');
};

/** `remotes` with what it holds. */
export function addRemotes(program: Command, prepare: (command: Prepared) => void): void {
  const remotes = program
    .command('remotes')
    .description("other machines' RUNE or Runescope APIs, to run jobs on with --remote");
  remotes
    .command('list')
    .description('what Settings hold')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<RemoteFlags>();
      prepare((output) => listRemotes(dataDirOf(flags), output));
    });
  remotes
    .command('add')
    .description('put one into Settings; one of the same id is replaced')
    .argument('<id>', 'letters, digits, "_" and "-"')
    .argument('<url>', 'for example http://rune.example:8080')
    .option('--name <text>', 'for people (default: the id)')
    .option('--tenant <id>', 'whose jobs (default: default)')
    .option('--token-secret <name>', 'the variable or secret that holds its token, never the token')
    .action((id: string, url: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<AddFlags>();
      const { name = id, tenant = 'default', tokenSecret: token_secret = null } = flags;
      prepare((output) => addRemote(dataDirOf(flags), { id, name, url, tenant, token_secret }, output));
    });
  remotes
    .command('remove')
    .description('take one out of Settings; what is known of its jobs stays on the disk')
    .argument('<id>')
    .action((id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<RemoteFlags>();
      prepare((output) => removeRemote(dataDirOf(flags), id, output));
    });
  remotes
    .command('test')
    .description('ask it who it is, and whether it lets us in')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<RemoteFlags>();
      prepare((output) => testRemote(dataDirOf(flags), name, output));
    });
}
