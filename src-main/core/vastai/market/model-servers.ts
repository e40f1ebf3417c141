import { pause } from '#core/ports/pause.ts';
import type { Clock } from '#core/ports/ports.ts';
import { type EpochSeconds, toEpochSeconds } from '#shared/model/units.ts';
import type { Ask } from './machines.ts';

/** A model server on a rented machine: speaks Ollama's API on loopback. */
export interface ModelServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The machine that a model server stands for. */
export interface ModelMachine {
  /** Where it should listen, if that is free. */
  readonly port: number | null;
  /** Multiplies the size of models, so that a slow line is watched for seconds and its bandwidth stays true. */
  readonly scale: number;
  /** Bytes that really arrive per second of the market's clock. */
  readonly downloadRate: number;
  /** GB that its cards together read in such a second; a token takes one reading of the model. */
  readonly memoryRate: number;
  /** Names of the models on its disk. */
  readonly models: readonly string[];
  /** Bytes, as they arrive; with the model's name when it is whole. */
  downloaded(bytes: number, model: string | null): void;
}

interface Wanted {
  readonly port: number | null;
  readonly ask: Ask;
  /** When the machine is lost. */
  readonly until: EpochSeconds;
  readonly models: readonly string[];
  downloaded(bytes: number, model: string | null): void;
}

export interface ModelServersDeps {
  readonly clock: Clock;
  readonly slowness: number;
  startModelServer(machine: ModelMachine): Promise<ModelServer>;
}

/** Timers hold 24 days at most. */
const LONGEST_WAIT_S = 20 * 86_400;

/** Servers of running contracts, each closed when its machine is lost. */
export function createModelServers({ clock, slowness, startModelServer }: ModelServersDeps) {
  const running = new Map<
    number,
    { readonly server: Promise<ModelServer>; readonly ended: AbortController }
  >();
  const speed = clock.speed ?? 1;

  async function open(wanted: Wanted): Promise<ModelServer> {
    const { machine, numGpus } = wanted.ask;
    const facts: ModelMachine = {
      port: wanted.port,
      scale: slowness,
      downloadRate: (machine.inetDown * machine.delivered * 1e6) / 8,
      memoryRate: machine.memoryBandwidth * machine.efficiency * numGpus ** 0.85,
      models: wanted.models,
      downloaded: wanted.downloaded,
    };
    try {
      return await startModelServer(facts);
    } catch (thrown) {
      if (wanted.port === null || (thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
      return startModelServer({ ...facts, port: null });
    }
  }

  async function stop(id: number): Promise<void> {
    const entry = running.get(id);
    if (entry === undefined) return;
    running.delete(id);
    entry.ended.abort();
    await entry.server.then(
      (server) => server.close(),
      () => {},
    );
  }

  async function closeAt(id: number, until: EpochSeconds, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = until - toEpochSeconds(clock.nowUs());
      if (left <= 0) return stop(id);
      await pause(clock, Math.min(left, LONGEST_WAIT_S * speed) * 1000, signal);
    }
  }

  return {
    /** Returns its port; the same server for the same contract. */
    async start(id: number, wanted: Wanted): Promise<number> {
      let entry = running.get(id);
      if (entry === undefined) {
        entry = { server: open(wanted), ended: new AbortController() };
        running.set(id, entry);
        // Ends with the abort when the server is closed for another reason.
        closeAt(id, wanted.until, entry.ended.signal).catch(() => {});
        entry.server.catch(() => void stop(id));
      }
      return Number(new URL((await entry.server).url).port);
    },
    stop,
    async close(): Promise<void> {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

export type ModelServers = ReturnType<typeof createModelServers>;
