import type { Router } from '@orpc/server';
import type { Contract } from '#shared/contract/contract.ts';
import type { Ports } from './ports/ports.ts';

export interface EngineOptions {
  /** `own`: this process owns the data directory and runs jobs. `read`: only reads; creating jobs is refused. */
  readonly mode: 'own' | 'read';
  /** Where other processes reach the owner (a local socket); kept in engine.lock. */
  readonly address: string | null;
}

export interface Engine {
  /** The whole contract, implemented; a host serves it over its transport. */
  readonly router: Router<Contract, Record<never, never>>;
  /** Resolves when no job is queued or running. */
  idle(): Promise<void>;
  dispose(): Promise<void>;
}

/** Composition root. Throws `engine.already_running` when another live process owns the data directory. */
export declare function createEngine(ports: Ports, options: EngineOptions): Promise<Engine>;
