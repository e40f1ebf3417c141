import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { CodedError } from '#shared/model/failure.ts';
import { LOG_LEVELS, type LogLevel } from '#shared/model/logs.ts';
import { listLogLines } from './commands/logs.ts';
import { moment, once, whole } from './flags.ts';
import type { Prepared } from './prepared.ts';

interface LogFlags {
  readonly data?: string;
  readonly store?: string;
  readonly job?: string;
  readonly tenant?: string;
  readonly level?: LogLevel;
  readonly event?: string;
  readonly text?: string;
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

/** `logs`. */
export function addLogs(program: Command, prepare: (command: Prepared) => void): void {
  program
    .command('logs')
    .description('what Runescope has logged, the newest last')
    .option('--job <id>', 'of one job')
    .option('--tenant <id>', 'of one tenant')
    .option('--level <level>', `this and above: ${LOG_LEVELS.join(', ')}`, once(LOG_LEVELS))
    .option('--event <name>', 'one event, or all of a part: job.failed, job')
    .option('--text <words>', 'lines that hold all of these')
    .option('--from <time>', 'a day, or a moment in ISO 8601', moment)
    .option('--to <time>', 'likewise, exclusive', moment)
    .option('--limit <n>', 'how many', whole(1), 200)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<LogFlags>();
      const { job: job_id, tenant: tenant_id, level = 'debug', event, text, from, to, limit } = flags;
      prepare((output) => {
        if (flags.store !== undefined)
          throw new CodedError(
            'request.invalid',
            'A RUNE store holds no logs: they belong to a data directory (--data).',
          );
        const filter = { job_id, tenant_id, level, event, text, from, to, limit };
        return listLogLines(dataDirFor(flags.data), filter, output);
      });
    });
}
