import { CommanderError } from 'commander';
import { lastWords, tellFailure } from '#hosts/shared/http-mode.ts';
import { EXIT, exitCodeOfFailure, failureFrom } from './exit-code.ts';
import { listenForInterrupts } from './interrupts.ts';
import { createOutput } from './output/output.ts';
import type { Prepared } from './prepared.ts';
import { createProgram } from './program.ts';

const args = process.argv.slice(2);

// A reader that has seen enough (`| head`) ends the command quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : EXIT.failed),
);

/** Before the command line is understood, --json is looked for by its name alone: errors about it must be JSON too. */
const output = createOutput(args.includes('--json'));

async function main(): Promise<number> {
  const interrupts = listenForInterrupts();
  try {
    const commands: Prepared[] = [];
    const help = (text: string): void => void (output.json || process.stderr.write(text));
    createProgram((prepared) => commands.push(prepared), help).parse(args, { from: 'user' });
    const [command] = commands;
    return command === undefined ? EXIT.badInput : await command(output, interrupts);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.succeeded;
    const failure = failureFrom(thrown);
    const stack = failure.code === 'internal' && thrown instanceof Error ? thrown.stack : undefined;
    const isTold = tellFailure(failure, stack);
    if (stack !== undefined && !isTold) process.stderr.write(`${stack}\n`);
    if (output.json || !isTold) await output.fail(failure);
    return exitCodeOfFailure(failure.code);
  }
}

// Not process.exitCode: a socket that somebody left open must not keep a finished command alive.
const code = await main();
await lastWords();
process.exit(code);
