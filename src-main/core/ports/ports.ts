import type { LogEvent } from '#shared/model/log-events.ts';
import type { EpochMicroseconds, EpochSeconds, Milliseconds } from '#shared/model/units.ts';

/** Wall clock anchored once per process plus the monotonic clock, so that time never runs backwards. */
export interface Clock {
  nowUs(): EpochMicroseconds;
  /** Monotonic, for durations. */
  monotonicMs(): Milliseconds;
  /** How much faster than the wall it runs, in tests of what takes hours; waits are shortened by as much. */
  readonly speed?: number | undefined;
}

export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What happened: one of the closed list. */
  readonly event: LogEvent;
  readonly message: string;
  readonly job_id?: string | undefined;
  readonly tenant_id?: string | undefined;
  /** The span it fell in; taken from the telemetry context where there is one. */
  readonly trace_id?: string | undefined;
  readonly span_id?: string | undefined;
  /** Now, unless it is known better. */
  readonly at?: EpochSeconds | undefined;
  /** The part of the engine that speaks; the first part of the event's name unless it is given. */
  readonly logger?: string | undefined;
  /** What it is about beside these. */
  readonly fields?: { readonly [key: string]: string | number | boolean | null } | undefined;
}

export interface Logger {
  log(record: LogRecord): void;
}

/** The process environment as the host chose to show it. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface Paths {
  /** Everything of ours: runescope.db, engine.lock, indexes/, results/, work/, secrets.json. */
  readonly dataDir: string;
}

/** Named secrets. Lookup order is the port's business (environment, keychain, file); values never leave the engine. */
export interface Secrets {
  get(name: string): Promise<string | null>;
  list(): Promise<
    readonly { readonly name: string; readonly kept_in: 'environment' | 'keychain' | 'file' }[]
  >;
  /** Throws `secret.unavailable` where there is no keychain and plain text was not allowed. */
  set(name: string, value: string, allowPlainText: boolean): Promise<void>;
  remove(name: string): Promise<void>;
  readonly keychain: { readonly available: boolean; readonly reason: string | null };
}

/** What the engine needs from its host; injected once into createEngine. */
export interface Ports {
  readonly hostKind: 'electron' | 'web' | 'cli';
  readonly clock: Clock;
  readonly env: Env;
  readonly logger: Logger;
  readonly paths: Paths;
  readonly secrets: Secrets;
  readonly appVersion: string;
  readonly platform: string;
  readonly nodeVersion: string;
  readonly nativeOpenDialog: boolean;
  /** Where sources/trace-worker is in this build; without it, large traces are built in the main thread. */
  readonly traceWorker?: URL | undefined;
}
