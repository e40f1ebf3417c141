import { Command, Option } from 'commander';
import { appVersion } from '#hosts/shared/app-root.ts';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { TRACE_FORMATS, type TraceFormat } from '#shared/contract/contract.ts';
import { DIMENSIONS, JOB_MEASURES } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { BACKEND_TYPES, JOB_KINDS } from '#shared/model/job.ts';
import {
  type ArchiveWhere,
  getResult,
  indexArchive,
  listArchive,
  pushResults,
  verifyArchive,
} from './commands/archive.ts';
import { compareJobs, DEFAULT_MEASURE } from './commands/compare.ts';
import { cancelJob, cancelRemoteJob, listJobs, showJob, type Where } from './commands/jobs.ts';
import { runCommand } from './commands/run.ts';
import { serve } from './commands/serve.ts';
import { exportTrace, summariseEvents } from './commands/telemetry.ts';
import { addCosts } from './cost-program.ts';
import { each, list, percent, port, seconds, whole } from './flags.ts';
import { addLogs } from './log-program.ts';
import { addOffers } from './offer-program.ts';
import type { Prepared } from './prepared.ts';
import { addRemotes } from './remote-program.ts';
import { addRentalFlags, type RentalFlags } from './rental-flags.ts';
import { addRentals } from './rental-program.ts';
import { addRetention } from './retention-program.ts';

interface GlobalOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly store?: string;
  readonly remote?: string;
}
interface RunFlags extends GlobalOptions, RentalFlags {
  readonly request?: string;
  readonly file?: string;
  readonly backendType?: string;
  readonly backendUrl?: string;
  readonly backendWarmup?: false;
  readonly backendWarmupTimeout?: number;
  readonly model?: string;
  readonly agent?: string;
  readonly question?: string;
  readonly kubeconfig?: string;
  readonly timeout?: number;
  readonly localHardware?: true;
  readonly estimatedDurationSeconds?: number;
  readonly tenant: string;
  readonly collector: 'sqlite' | 'memory' | 'null';
  readonly idempotencyKey: string;
  readonly yes?: true;
}
interface ListFlags extends GlobalOptions {
  readonly limit: number;
  readonly offset: number;
  readonly status?: string[];
  readonly kind?: string[];
  readonly backendType?: string[];
  readonly tenant?: string[];
}

/**
 * The grammar. `prepare` takes what was asked for; nothing runs before the whole command line is understood. Throws
 * CommanderError, also for --help and --version, which have then been printed; `onHelp` takes the help of half a command.
 */
export function createProgram(prepare: (command: Prepared) => void, onHelp: (text: string) => void): Command {
  const program = new Command('runescope')
    .description('Runs RUNE jobs and reads what they left behind.')
    .version(appVersion, '--version', 'print the version')
    .option('--data <dir>', "the data directory (default: RUNESCOPE_DATA, then the system's place for it)")
    .option('--json', 'print exactly one JSON document')
    .option('--store <path>', 'read this RUNE store, or this trace file, instead of the own one')
    .configureOutput({ writeErr: (text) => text.startsWith('Usage:') && onHelp(text) })
    .exitOverride();

  const run = program
    .command('run')
    .description('run one job to its end')
    .argument('<kind>', JOB_KINDS.join(', '))
    .option('--request <file>', 'JSON object with the request; "-" reads stdin; flags go before its fields')
    .option('--file <file>', 'chain: its steps, as YAML or JSON; "-" reads stdin')
    .option('--backend-type <type>', BACKEND_TYPES.join(', '))
    .option('--backend-url <url>')
    .option('--no-backend-warmup', 'ask without loading the model first')
    .option('--backend-warmup-timeout <seconds>', 'how long loading the model may take', whole(1))
    .option('--model <name>', 'with the demo backend: demo')
    .option('--agent <name>', 'who answers (default: holmes; "prompt" asks the backend directly)')
    .option('--question <text>')
    .option('--kubeconfig <path>')
    .option('--timeout <seconds>', 'time limit of the whole job', seconds)
    .option('--local-hardware', 'cost-estimate: on this kind of machine')
    .option('--estimated-duration-seconds <seconds>', 'cost-estimate: how long', seconds)
    .option('--tenant <id>', 'who the job belongs to', 'default')
    .option('--idempotency-key <key>', 'the same key again is the same job', '')
    .addOption(remoteOption('run it there: a remote of Settings (runescope remotes)'))
    .option('--yes', 'agree to what the job may cost, by the upper end of its estimate')
    .addOption(
      new Option('--collector <kind>', 'where spans are kept')
        .choices(['sqlite', 'memory', 'null'])
        .default('sqlite'),
    )
    .action((kind: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<RunFlags>();
      prepare((output, interrupts) => {
        if (flags.store !== undefined)
          throw new CodedError(
            'request.invalid',
            '--store is read only: a job runs in a data directory (--data).',
          );
        const options = {
          dataDir: dataDirFor(flags.data),
          remote: flags.remote,
          request: flags.request,
          chain: flags.file,
          fields: requestFields(flags),
          rental: flags,
          tenant: flags.tenant,
          collector: flags.collector,
          idempotencyKey: flags.idempotencyKey,
          yes: flags.yes === true,
        };
        return runCommand(kind, options, output, interrupts);
      });
    });
  addRentalFlags(run);

  const jobs = program.command('jobs').description('list, show and cancel jobs');
  jobs
    .command('list')
    .description('jobs, newest first')
    .option('--limit <n>', 'how many', whole(1), 1000)
    .option('--offset <n>', 'how many to skip', whole(0), 0)
    .option('--status <status>', 'only these (repeat, or separate by commas)', list)
    .option('--kind <kind>', 'only these', list)
    .option('--backend-type <type>', 'only these', list)
    .option('--tenant <id>', 'only these', list)
    .addOption(remoteOption())
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ListFlags>();
      const { limit, offset, status, kind, backendType: backend_type, tenant: tenant_id } = flags;
      prepare((output) =>
        listJobs(whereOf(flags), { status, kind, backend_type, tenant_id }, { limit, offset }, output),
      );
    });
  jobs
    .command('show')
    .description('one job with its request, result and spans')
    .argument('<id>')
    .addOption(remoteOption())
    .action((id: string, _: unknown, command: Command) =>
      prepare((output) => showJob(whereOf(command.optsWithGlobals()), id, output)),
    );
  jobs
    .command('cancel')
    .description('stop a job for good')
    .argument('<id>')
    .addOption(remoteOption())
    .action((id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalOptions>();
      prepare((output) => {
        if (flags.store !== undefined)
          throw new CodedError(
            'request.invalid',
            'A job in another store is cancelled by the program that runs it.',
          );
        const dataDir = dataDirFor(flags.data);
        return flags.remote === undefined
          ? cancelJob(dataDir, id, output)
          : cancelRemoteJob(dataDir, flags.remote, id, output);
      });
    });

  program
    .command('events')
    .description('what was measured')
    .command('summary')
    .description('count, mean, least and most per event')
    .option('--job <id>', 'of one job')
    .addOption(remoteOption())
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalOptions & { job?: string }>();
      prepare((output) => summariseEvents(whereOf(flags), flags.job, output));
    });

  program
    .command('trace')
    .description('spans for other tools')
    .command('export')
    .description('print the trace of a job, and nothing else')
    .requiredOption('--job <id>')
    .addOption(remoteOption())
    .addOption(new Option('--format <format>').choices(TRACE_FORMATS).makeOptionMandatory())
    .option('--output <file>', 'write it to a new file instead')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<
        GlobalOptions & { job: string; format: TraceFormat; output?: string }
      >();
      prepare((output) => exportTrace(whereOf(flags), flags.job, flags.format, flags.output, output));
    });

  addCompare(program, prepare);
  addCosts(program, prepare);
  addOffers(program, prepare);
  addRentals(program, prepare);
  addRemotes(program, prepare);
  addArchive(program, prepare);
  addRetention(program, prepare);
  addLogs(program, prepare);

  program
    .command('serve')
    .description('the app in a browser on this machine, until Ctrl-C')
    .option('--port <n>', 'on 127.0.0.1 (default: RUNE_API_PORT, else any free one)', port)
    .option(
      '--listen [address]',
      "answer RUNE's API there too, as 0.0.0.0:8080 (default: RUNE_API_HOST and RUNE_API_PORT); beyond this computer it takes RUNE_API_TOKENS",
    )
    .option('--no-open', 'do not open a browser')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<
        GlobalOptions & { port?: number; listen?: string | boolean; open: boolean }
      >();
      prepare((output, interrupts) => {
        if (flags.store !== undefined)
          throw new CodedError(
            'request.invalid',
            'Open a store from the app itself: serve shows a data directory.',
          );
        interrupts.release();
        return serve(
          {
            dataDir: dataDirFor(flags.data),
            port: flags.port ?? null,
            open: flags.open,
            listen: flags.listen,
          },
          output,
        );
      });
    });

  return program;
}

function addCompare(program: Command, prepare: (command: Prepared) => void): void {
  program
    .command('compare')
    .description('groups of jobs side by side: figures, verdicts, and what else differed')
    .option(
      '--by <dimension>',
      `what tells the groups apart: ${DIMENSIONS.join(', ')}, or attribute:<span name>:<key>`,
      'backend_type',
    )
    .option('--where <key=value>', 'only these jobs (repeat)', each)
    .option('--measure <name>', `a span name, or ${JOB_MEASURES.join(', ')}`, DEFAULT_MEASURE)
    .option('--baseline <group>', 'compare every other group with this one')
    .option('--matched <conditions>', 'compare only jobs that are alike in these (repeat, or commas)', list)
    .option('--smallest <percent>', 'smallest difference that matters', percent, 0.05)
    .option('--demo', 'take in jobs of the demo')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<
        GlobalOptions & {
          by: string;
          where?: string[];
          measure: string;
          baseline?: string;
          matched?: string[];
          smallest: number;
          demo?: true;
        }
      >();
      prepare((output) =>
        compareJobs(
          whereOf(flags),
          {
            ...flags,
            where: flags.where ?? [],
            matched: flags.matched ?? [],
            demo: flags.demo ?? false,
          },
          output,
        ),
      );
    });
}

interface ArchiveFlags extends GlobalOptions {
  readonly target?: string;
}

function addArchive(program: Command, prepare: (command: Prepared) => void): void {
  const archive = program
    .command('archive')
    .description('results in a bucket or folder: list, read, verify, deliver');
  const target = () =>
    new Option(
      '--target <id>',
      'which archive (default: the bucket of RUNE_S3_*, else the first in Settings, else the folder)',
    );
  const at = (flags: ArchiveFlags): ArchiveWhere => {
    if (flags.store !== undefined)
      throw new CodedError(
        'request.invalid',
        'An archive belongs to a data directory (--data), not to a store.',
      );
    return { dataDir: dataDirFor(flags.data), target: flags.target };
  };
  archive
    .command('ls')
    .description('keys, sizes and times')
    .argument('[prefix]', 'only keys that begin so, for example results/default/')
    .addOption(target())
    .action((prefix: string | undefined, _: unknown, command: Command) =>
      prepare((output, interrupts) => listArchive(at(command.optsWithGlobals()), prefix, output, interrupts)),
    );
  archive
    .command('get')
    .description('print the exact bytes of a result; what its verification says goes to stderr')
    .argument('<key|job-id>')
    .option('--output <file>', 'write them to a new file instead')
    .addOption(target())
    .action((keyOrJob: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ArchiveFlags & { output?: string }>();
      prepare((output, interrupts) => getResult(at(flags), keyOrJob, flags.output, output, interrupts));
    });
  archive
    .command('verify')
    .description('read every result below a prefix and check that it is whole and unchanged')
    .argument('<prefix>', 'for example results/default/benchmark/')
    .addOption(target())
    .action((prefix: string, _: unknown, command: Command) =>
      prepare((output, interrupts) =>
        verifyArchive(at(command.optsWithGlobals()), prefix, output, interrupts),
      ),
    );
  archive
    .command('push')
    .description('deliver results that wait, and say how it went')
    .addOption(new Option('--job <id>', 'the result of this job').conflicts('allPending'))
    .option('--all-pending', 'everything that waits (the default)')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalOptions & { job?: string }>();
      prepare((output) => pushResults(at(flags).dataDir, flags.job, output));
    });
  archive
    .command('index')
    .description('list the whole archive into the local index, which makes browsing instant')
    .addOption(target())
    .action((_: unknown, command: Command) =>
      prepare((output, interrupts) => indexArchive(at(command.optsWithGlobals()), output, interrupts)),
    );
}

const whereOf = ({ data, store, remote }: GlobalOptions): Where => ({
  dataDir: dataDirFor(data),
  store,
  remote,
});
const remoteOption = (text = 'of a remote of Settings (runescope remotes)'): Option =>
  new Option('--remote <name>', text);

/** Flags by the names that the request has for them. */
const requestFields = (flags: RunFlags) => ({
  backend_type: flags.backendType,
  backend_url: flags.backendUrl,
  // commander makes `--no-x` true when it is not given.
  backend_warmup: flags.backendWarmup === false ? false : undefined,
  backend_warmup_timeout: flags.backendWarmupTimeout,
  model: flags.model,
  agent: flags.agent,
  question: flags.question,
  kubeconfig: flags.kubeconfig,
  timeout: flags.timeout,
  local_hardware: flags.localHardware,
  estimated_duration_seconds: flags.estimatedDurationSeconds,
});
