import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { passedOn } from './passed-on.ts';

const main = fileURLToPath(new URL('../../src-main/hosts/cli/main.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
  /** Called with the process and all that it has printed, whenever it prints more. */
  readonly onStdout?: ((child: ChildProcess, text: string) => void) | undefined;
  /** Called with the process and all that it has said on stderr, whenever it says more. */
  readonly onStderr?: ((child: ChildProcess, text: string) => void) | undefined;
}

/** The command line as a real process, to its end. Fails the test by a thrown error after `timeoutMs`. */
export function runCli(args: readonly string[], options: CliOptions = {}, timeoutMs = 30_000): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...passedOn(), ...options.env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onStdout?.(child, stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(child, stderr);
  });
  // A command that refuses its input early closes the pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`runescope ${args.join(' ')} did not end within ${timeoutMs} ms:\n${stderr}`));
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** What a command printed with --json. Throws unless stdout is exactly one JSON document on one line. */
export function oneDocument(ran: Ran): Record<string, never> {
  const lines = ran.stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '')
    throw new Error(`not one document: ${ran.stdout}\n${ran.stderr}`);
  return JSON.parse(lines[0] ?? '');
}
