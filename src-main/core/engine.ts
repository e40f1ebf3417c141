import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentRegistry } from './agents/registry.ts';
import { archiveEntries } from './archive/job-entries.ts';
import { createFolderTarget } from './archive/folder-target.ts';
import { createOutbox } from './archive/outbox.ts';
import { type DemoServer, startDemoServer } from './backends/demo-server.ts';
import { JobStore } from './jobs/job-store.ts';
import { createJobs } from './jobs/jobs.ts';
import { createWorkflows } from './jobs/kinds/workflows.ts';
import { JobRunner } from './jobs/runner.ts';
import { sweepInterrupted } from './jobs/sweep.ts';
import type { Ports } from './ports/ports.ts';
import { type ContractRouter, clientOf, createRouter } from './router.ts';
import { createServices } from './services.ts';
import { SettingsStore } from './settings/settings-store.ts';
import { createOwnSource } from './sources/own-source.ts';
import { createSources } from './sources/sources.ts';
import { createChangeFeed } from './store/change-feed.ts';
import { migrateRune, migrateRunescope, openDatabase } from './store/database.ts';
import { EventWriter } from './store/event-writer.ts';
import { acquireOwnership } from './store/ownership.ts';
import type { Collector } from './telemetry/collector.ts';
import { nullCollector } from './telemetry/collectors/null.ts';
import { withContext } from './telemetry/span.ts';

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
  /** Writes into engine.lock where other processes reach this owner. */
  announce(address: string): void;
  /** Resolves when no job is queued or running. */
  idle(): Promise<void>;
  /** Stops jobs (they become failed, interrupted), flushes and releases the data directory. */
  dispose(): Promise<void>;
}

/** Composition root. Throws `engine.already_running` when another live process owns the data directory. */
export function createEngine(ports: Ports, options: EngineOptions): Promise<Engine> {
  return options.mode === 'own' ? createOwner(ports, options.alsoCollect ?? nullCollector) : createReader(ports);
}
