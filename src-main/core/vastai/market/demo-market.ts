import { randomBytes } from 'node:crypto';
import type { Clock } from '#core/ports/ports.ts';
import { createApi } from './api.ts';
import { createAsks } from './asks.ts';
import type { ActualStatus } from './condition.ts';
import type { Fate } from './contract.ts';
import { type ContractBill, Estate } from './estate.ts';
import type { FateRates } from './fates.ts';
import { createIntervals } from './intervals.ts';
import { startMarketServer } from './market-server.ts';
import { createModelServers, type ModelMachine, type ModelServer } from './model-servers.ts';
import type { Around } from './reply.ts';
import { openStateFile } from './state-file.ts';

export type { ModelMachine, ModelServer } from './model-servers.ts';

const OFFERS = 800;

export interface MarketOptions {
  readonly seed: number;
  /** Where its state lies, so that it outlives the process; created when missing. */
  readonly statePath: string;
  /** What the market takes for the time; scaled in tests. */
  readonly clock: Clock;
  /** Multiplies what machines take to boot, 1 as real ones do. */
  readonly slowness: number;
  readonly port?: number | undefined;
  /** Made anew for each start unless told. */
  readonly key?: string | undefined;
  /** It can be searched and looked at; nothing is rented, and nothing written. */
  readonly readOnly?: boolean | undefined;
  /** How many offers, 800 unless told. */
  readonly offers?: number | undefined;
  /** Refuses calls that come too soon after one another, as Vast.ai does. */
  readonly intervals?: boolean | undefined;
  /** What goes wrong with machines that are rented from now on. */
  readonly fates?: (() => FateRates) | undefined;
  /** Stands between the network and the market. */
  readonly around?: Around | undefined;
  startModelServer(machine: ModelMachine): Promise<ModelServer>;
}

export interface DemoMarket {
  /** With the path of the API: what VAST_API_URL takes. */
  readonly url: string;
  readonly key: string;
  /** What every contract has come to, the oldest first. */
  bills(): readonly ContractBill[];
  /** What exists, with its status. */
  listed(): readonly ListedContract[];
  /** A machine fails now; false where there is none. */
  strike(contractId: number, fate: 'exit' | 'lost' | 'ended'): Promise<boolean>;
  close(): Promise<void>;
}

export interface ListedContract {
  readonly id: number;
  readonly label: string | null;
  readonly offer_id: number;
  readonly status: ActualStatus;
  readonly fate: Fate;
}

/** Vast.ai's API on loopback, over offers and machines that follow from a seed and the time. */
export async function startDemoMarket(options: MarketOptions): Promise<DemoMarket> {
  const { seed, clock, slowness, startModelServer, readOnly = false } = options;
  const asks = createAsks(seed, options.offers ?? OFFERS);
  const file = openStateFile(options.statePath, seed, readOnly);
  const servers = createModelServers({ clock, slowness, startModelServer });
  const estate = new Estate({ seed, clock, slowness, asks, file, servers, readOnly, fates: options.fates });
  const key = options.key ?? randomBytes(24).toString('hex');
  const logs = randomBytes(12).toString('hex');
  const api = createApi({ seed, asks, estate, logsUrl: (id) => `${server.origin}/logs/${logs}-${id}.txt` });
  const server = await startMarketServer({
    port: options.port ?? 0,
    key,
    api,
    tooSoon: options.intervals === true ? createIntervals(clock) : undefined,
    around: options.around,
    open: (path) => {
      const [, token, id] = /^\/logs\/([0-9a-f]+)-(\d+)\.txt$/.exec(path) ?? [];
      const contract = token === logs ? estate.find(Number(id)) : null;
      return contract === null ? null : `${estate.conditionOf(contract).message}\n`;
    },
  });
  await estate.resume();
  return {
    url: `${server.origin}/api/v0`,
    key,
    bills: () => estate.bills(),
    listed: () =>
      estate.listed().map((contract) => ({
        id: contract.id,
        label: contract.label,
        offer_id: contract.ask_id,
        status: estate.conditionOf(contract).actual,
        fate: contract.fate,
      })),
    strike: (contractId, fate) => estate.strike(contractId, fate),
    close: async () => {
      await server.close();
      await servers.close();
    },
  };
}
