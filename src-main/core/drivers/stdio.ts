import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { currentTraceContext } from '#core/telemetry/propagation.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { killLeftovers, killTree } from './process-tree.ts';
import { lastOf, redact, secretValues, withoutValues } from './redact.ts';
import { readReply } from './reply.ts';
import { telemetryEnvironment } from './telemetry-environment.ts';
import type { DriverCall, DriverTransport } from './transport.ts';

const MAX_STDOUT_BYTES = 16 * 1024 * 1024;
const STDERR_TAIL_CHARACTERS = 4000;
/** How long a pipe may stay open after the driver ended, held by something it started. */
const PIPE_GRACE_MS = 500;
/** After the last signal: how long to wait for the system to report the end. */
const REAP_MS = 500;

export interface StdioDriver {
  readonly driver_name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly maxStdoutBytes?: number;
  /** Where spans are received over OTLP at the moment; null: nowhere. */
  readonly otlpEndpoint?: (() => string | null) | undefined;
}

/** RUNE's stdio protocol v1: one process per call, one line in, its answer out (reference: drivers §2). */
export const createStdioTransport = (driver: StdioDriver): DriverTransport => ({
  driver_name: driver.driver_name,
  transport_type: 'stdio',
  async call(call) {
    if (call.signal.aborted) throw abortFailure(call.signal);
    return new StdioCall(driver, call).run();
  },
});

class StdioCall {
  private readonly driver: StdioDriver;
  private readonly call: DriverCall;
  private readonly id = randomUUID();
  private readonly stdout: Buffer[] = [];
  private stdoutBytes = 0;
  private stderr = '';
  private readonly secrets: readonly string[];

  constructor(driver: StdioDriver, call: DriverCall) {
    this.driver = driver;
    this.call = call;
    this.secrets = secretValues(driver.env);
  }

  async run(): Promise<JsonObject> {
    const { driver, call } = this;
    const child = this.spawn();
    let stop: (reason: CodedError) => void = () => {};
    const stopped = new Promise<CodedError>((resolve) => {
      stop = resolve;
    });
    const onAbort = () => stop(abortFailure(call.signal));
    call.signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => stop(this.timedOut()), call.timeoutMs);
    try {
      const ended = this.follow(child, stop);
      const outcome = await Promise.race([ended, stopped]);
      if (outcome instanceof CodedError) {
        if (child.pid !== undefined) await killTree(child.pid);
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, REAP_MS))]);
        throw outcome;
      }
      if (outcome.code !== 0) throw this.exited(outcome);
      const stdout = Buffer.concat(this.stdout).toString('utf8');
      const reply = readReply(driver.driver_name, stdout, this.id, (text) => redact(text, this.secrets));
      return withoutValues(reply, this.secrets);
    } catch (thrown) {
      throw this.withStderr(thrown);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
      if (child.pid !== undefined) killLeftovers(child.pid);
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  }

  private spawn(): ChildProcess {
    const [program, ...rest] = this.driver.argv;
    const { env, otlpEndpoint } = this.driver;
    const child = spawn(program, rest, {
      cwd: this.call.workDir,
      env: { ...env, ...telemetryEnvironment(currentTraceContext(), otlpEndpoint?.() ?? null, env) },
      // Its own group, so that what it starts can be ended with it.
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // A driver may end before it has read its line; how it ended tells more than the broken pipe.
    child.stdin?.on('error', () => {});
    const { action, params } = this.call;
    child.stdin?.end(`${JSON.stringify({ action, params, id: this.id })}\n`);
    return child;
  }

  /** Collects output until the process ended and its pipes closed. */
  private follow(child: ChildProcess, stop: (reason: CodedError) => void): Promise<Ended | CodedError> {
    const limit = this.driver.maxStdoutBytes ?? MAX_STDOUT_BYTES;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdoutBytes += chunk.length;
      if (this.stdoutBytes <= limit) this.stdout.push(chunk);
      else stop(this.flooded(limit));
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-4 * STDERR_TAIL_CHARACTERS);
    });
    return new Promise((resolve) => {
      child.on('error', (thrown) => resolve(this.notStarted(thrown)));
      child.on('exit', (code, signal) => {
        const ended = { code, signal };
        child.on('close', () => resolve(ended));
        setTimeout(() => resolve(ended), PIPE_GRACE_MS).unref();
      });
    });
  }

  private notStarted(thrown: Error): CodedError {
    const { driver_name, argv } = this.driver;
    return new CodedError(
      'driver.spawn_failed',
      `Driver "${driver_name}" could not be started: "${argv[0]}" is not a program that runs here. Set its command in Settings or in its RUNE_…_DRIVER_CMD.`,
      { detail: redact(thrown.message, this.secrets), cause: thrown },
    );
  }

  private exited({ code, signal }: Ended): CodedError {
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
    return new CodedError(
      'driver.exit',
      `Driver "${this.driver.driver_name}" ended ${how}. Its error output is in the details.`,
      {
        detail: lastOf(Buffer.concat(this.stdout).toString('utf8'), 1000, (text) =>
          redact(text, this.secrets),
        ),
      },
    );
  }

  private flooded(limit: number): CodedError {
    return new CodedError(
      'driver.output_too_large',
      `Driver "${this.driver.driver_name}" printed more than ${Math.round(limit / 2 ** 20)} MiB and was ended.`,
    );
  }

  private timedOut(): CodedError {
    return new CodedError(
      'driver.timeout',
      `Driver "${this.driver.driver_name}" did not answer within ${this.call.timeoutMs / 1000} s and was ended. Raise RUNE_DRIVER_INVOCATION_TIMEOUT if it needs longer.`,
      { retryable: true },
    );
  }

  /** The end of stderr says most about a driver's failure; it goes before whatever detail there is. */
  private withStderr(thrown: unknown): unknown {
    const said = redact(this.stderr, this.secrets).trim().slice(-STDERR_TAIL_CHARACTERS);
    if (!(thrown instanceof CodedError) || said === '' || !thrown.code.startsWith('driver.')) return thrown;
    return new CodedError(thrown.code, thrown.message, {
      detail: said,
      ...(thrown.retryable === undefined ? {} : { retryable: thrown.retryable }),
      cause: thrown.cause,
    });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
