import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createEngine } from '#core/engine.ts';
import type { Ports } from '#core/ports/ports.ts';
import { isProvablyDead, readOwner } from '#core/store/ownership.ts';
import type { Collector } from '#core/telemetry/collector.ts';
import { InMemoryCollector } from '#core/telemetry/collectors/in-memory.ts';
import { connectLocal } from '#hosts/local/connect.ts';
import { serveLocal } from '#hosts/local/serve.ts';
import { createPorts } from '#hosts/shared/ports.ts';
import { noKeychain } from '#hosts/shared/secrets.ts';
import { CodedError } from '#shared/model/failure.ts';
import { OWN, type SourceId } from '#shared/model/source.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import { failureFrom } from './exit-code.ts';

const OWNER_TRIES = 100;
const OWNER_PAUSE_MS = 100;

const portsFor = (dataDir: string): Ports =>
  createPorts({
    hostKind: 'cli',
    dataDir,
    keychain: noKeychain('The command line cannot use the keychain of the desktop.'),
  });

/** Reads one source: what --store names, or the own data directory. */
export interface Reader {
  readonly client: Client;
  readonly source: SourceId;
  close(): Promise<void>;
}

export async function openReader(dataDir: string, store: string | undefined): Promise<Reader> {
  // What a killed owner left running is ended by whoever owns the directory next; a reader would show it running.
  const owner = store === undefined ? readOwner(dataDir) : null;
  const mode = owner !== null && isProvablyDead(owner) ? 'own' : 'read';
  const engine = await createEngine(portsFor(dataDir), { mode }).catch((thrown: unknown) => {
    // Somebody else was quicker to take it.
    if (thrown instanceof CodedError && thrown.code === 'engine.already_running')
      return createEngine(portsFor(dataDir), { mode: 'read' });
    throw thrown;
  });
  const close = (): Promise<void> => engine.dispose();
  try {
    const source = store === undefined ? OWN : (await engine.client.sources.open({ path: store })).source;
    return { client: engine.client, source, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Asks the process that owns the data directory, whose queues and memory it shares; without one, reads by itself. */
export async function openAsking(dataDir: string): Promise<Omit<Reader, 'source'>> {
  const owner = readOwner(dataDir);
  if (owner !== null && owner.address !== null && !isProvablyDead(owner)) {
    try {
      return await connectLocal(owner.address);
    } catch {
      // It is ending: what it wrote can be read.
    }
  }
  return openReader(dataDir, undefined);
}

/** The remote of the settings that is meant: by its id, its name or its address. */
export async function remoteOf(client: Client, named: string): Promise<SourceId> {
  const { remotes } = await client.settings.get();
  const bare = (url: string): string => url.replace(/^https?:\/\//, '').replace(/(\/v1)?\/*$/, '');
  const found =
    remotes.find(({ id }) => id === named) ??
    remotes.find(({ name, url }) => name === named || bare(url) === bare(named));
  if (found !== undefined) return (await client.sources.connect({ remote: found.id })).source;
  throw new CodedError(
    'source.unknown',
    `There is no remote "${named}". See runescope remotes list, and add it with runescope remotes add.`,
  );
}

/** Asks whoever owns the data directory for a remote, or connects to it from here. */
export async function openRemote(dataDir: string, named: string): Promise<Reader> {
  const { client, close } = await openAsking(dataDir);
  try {
    return { client, source: await remoteOf(client, named), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** The same, to run a job there. */
export async function openRemoteRunner(dataDir: string, named: string): Promise<Runner> {
  const { client, source, close } = await openRemote(dataDir, named);
  return {
    client,
    source,
    local: false,
    summary: (jobId) => client.events.summary({ source, job_id: jobId }),
    close,
  };
}

/** The engine that runs jobs: in this process, or in the one that owns the data directory. */
export interface Runner {
  readonly client: Client;
  /** Where jobs run. */
  readonly source: SourceId;
  /** True when this process runs the jobs. */
  readonly local: boolean;
  summary(jobId: string): Promise<readonly EventSummaryRow[]>;
  /** Waits for jobs that other processes gave to this one, then lets the data directory go. */
  close(): Promise<void>;
}

export async function openRunner(dataDir: string, progress: (line: string) => void): Promise<Runner> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runHere(dataDir, progress);
    } catch (thrown) {
      const isOwned = thrown instanceof CodedError && thrown.code === 'engine.already_running';
      if (!isOwned) throw thrown;
      const address = readOwner(dataDir)?.address ?? null;
      try {
        if (address !== null) return await runThere(address);
      } catch (unreachable) {
        if (attempt >= OWNER_TRIES) throw unreachable;
      }
      // It is starting (no address yet) or ending (no answer any more).
      if (attempt >= OWNER_TRIES) throw thrown;
      await sleep(OWNER_PAUSE_MS);
    }
  }
}

async function runThere(address: string): Promise<Runner> {
  const { client, close } = await connectLocal(address);
  return {
    client,
    source: OWN,
    local: false,
    summary: (jobId) => client.events.summary({ source: OWN, job_id: jobId }),
    close,
  };
}

async function runHere(dataDir: string, progress: (line: string) => void): Promise<Runner> {
  const ports = portsFor(dataDir);
  const summaries = summaryPerJob();
  const engine = await createEngine(ports, { mode: 'own', alsoCollect: summaries.collector });
  // While this job runs, other commands on the same data directory come here.
  const server = await serveLocal(engine, dataDir, { logger: engine.ports.logger });
  engine.announce(server.address);
  return {
    client: engine.client,
    source: OWN,
    local: true,
    // A job that another process began, and this one took over, is known from the store alone.
    summary: async (jobId) =>
      summaries.of(jobId) ?? (await engine.client.events.summary({ source: OWN, job_id: jobId })),
    close: async () => {
      const told = setTimeout(() => progress('waiting for jobs that other commands started here'), 300);
      await engine.idle();
      clearTimeout(told);
      await server.close();
      await engine.dispose();
    },
  };
}

/** RUNE's in-memory collector, one for each job: this process may run jobs of other commands too. */
function summaryPerJob(): {
  readonly collector: Collector;
  of(jobId: string): readonly EventSummaryRow[] | undefined;
} {
  const byJob = new Map<string, InMemoryCollector>();
  return {
    collector: {
      kind: 'memory',
      start: () => {},
      record: (span) => {
        const jobId = span.job_id ?? '';
        let summary = byJob.get(jobId);
        if (summary === undefined) {
          summary = new InMemoryCollector();
          byJob.set(jobId, summary);
        }
        summary.record(span);
      },
      flush: () => {},
    },
    of: (jobId) => byJob.get(jobId)?.summaryRows(),
  };
}

/** True when what was thrown means that the process which owns the data directory is gone. */
export const isOwnerGone = (runner: Runner, thrown: unknown): boolean =>
  !runner.local && failureFrom(thrown).code === 'internal';
