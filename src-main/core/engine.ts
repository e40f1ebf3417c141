import type { EngineStatus } from '#shared/contract/types.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { HttpBoard } from './http/board.ts';
import type { LogTap } from './logs/log-tap.ts';
import { createOwner } from './owner.ts';
import type { Ports } from './ports/ports.ts';
import { createReader } from './reader.ts';
import type { ContractRouter, clientOf } from './router.ts';
import type { Collector } from './telemetry/collector.ts';
import { nullCollector } from './telemetry/collectors/null.ts';

export interface EngineOptions {
  /** `own`: this process owns the data directory and runs jobs. `read`: it only reads; creating jobs is refused. */
  readonly mode: 'own' | 'read';
  /** Receives every span beside the job's own collector, whichever that is (the CLI's summary). */
  readonly alsoCollect?: Collector | undefined;
}

/** The contract as a caller sees it, whatever carries the call. */
export type Client = ReturnType<typeof clientOf>;

export interface Engine {
  /** The whole contract, implemented; a host serves it over its transport. */
  readonly router: ContractRouter;
  /** The same, called in this process. */
  readonly client: Client;
  /** The host's, as the engine has them: what is logged through them is kept, and holds no secret. */
  readonly ports: Ports;
  /** For what listens: its settings, and where it says how it is. */
  readonly http: HttpBoard;
  /** As the status bar shows it; null in an engine that only reads. */
  status(): EngineStatus | null;
  /** Every log record from now on; returns what ends that. */
  readonly onLog: LogTap['onRecord'];
  /** Writes into engine.lock where other processes reach this owner. */
  announce(address: string): void;
  /** Resolves when no job is queued or running. */
  idle(): Promise<void>;
  /** Delivers what waits in the outbox; true when nothing is left. */
  drainArchive(timeoutMs: Milliseconds): Promise<boolean>;
  /** Stops jobs (they become failed, interrupted), flushes and releases the data directory. */
  dispose(): Promise<void>;
}

/** Composition root. Throws `engine.already_running` when another live process owns the data directory. */
export function createEngine(ports: Ports, options: EngineOptions): Promise<Engine> {
  return options.mode === 'own'
    ? createOwner(ports, options.alsoCollect ?? nullCollector)
    : createReader(ports);
}
