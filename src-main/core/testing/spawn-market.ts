import { fileURLToPath } from 'node:url';
import type { Clock } from '#core/ports/ports.ts';
import type { ListedContract } from '#core/vastai/market/demo-market.ts';
import type { ContractBill } from '#core/vastai/market/estate.ts';
import type { FateRates } from '#core/vastai/market/fates.ts';
import type { Endpoint } from '#core/vastai/market/reply.ts';
import type { LoggedCall, MarketFault, MarketFaultRates, Outage } from './market-faults.ts';
import type { HoldAt } from './market-hold.ts';
import type { MarketControl, MarketControls, MarketProcessOptions } from './market-process.ts';
import { scaledClock } from './scaled-clock.ts';
import { control, startService } from './service-process.ts';

/** The market of market-process.ts, seen from the process that started it. */
export interface SpawnedMarket {
  readonly pid: number;
  /** What VAST_API_URL and VAST_API_KEY take. */
  readonly url: string;
  readonly key: string;
  /** The market's; another process makes the same with `scaledClock(base, speed)`. */
  readonly clock: Clock;
  readonly base: number;
  readonly speed: number;
  /** Other faults from now on; null for none. */
  faults(rates: MarketFaultRates | null): Promise<void>;
  inject(endpoint: Endpoint, ...faults: readonly MarketFault[]): Promise<void>;
  /** Stops the next call of that kind; resolves when it stands still, with false when it was released before. */
  hold(endpoint: Endpoint, at: HoldAt): Promise<boolean>;
  /** What stands still goes on. */
  release(): Promise<void>;
  outage(outage: Outage | null): Promise<void>;
  fates(rates: FateRates): Promise<void>;
  /** Somebody else has that offer from now on. */
  take(offerId: number): Promise<void>;
  /** A machine fails now; false where there is none. */
  strike(contractId: number, fate: 'exit' | 'lost' | 'ended'): Promise<boolean>;
  bills(): Promise<readonly ContractBill[]>;
  listed(): Promise<readonly ListedContract[]>;
  calls(): Promise<readonly LoggedCall[]>;
  /** Ends the process without a word and waits for it. */
  kill(): Promise<void>;
  /** Ends the process and waits for it. */
  close(): Promise<void>;
}

export type SpawnMarketOptions = Omit<MarketProcessOptions, 'base' | 'speed'> &
  Partial<Pick<MarketProcessOptions, 'base' | 'speed'>>;

const ENTRY = fileURLToPath(new URL('./market-process.ts', import.meta.url));

/** Starts a market in a process of its own, which ends with this one at the latest. */
export async function spawnMarket(options: SpawnMarketOptions): Promise<SpawnedMarket> {
  const { base = Date.now() * 1000, speed = 1 } = options;
  const { told, kill, close } = await startService<{
    url: string;
    key: string;
    control: string;
    pid: number;
  }>(ENTRY, { ...options, base, speed });
  const call = <Name extends MarketControl>(name: Name, argument: MarketControls[Name]['argument']) =>
    control(`${told.control}/${name}`, argument) as Promise<MarketControls[Name]['answer']>;
  return {
    pid: told.pid,
    url: told.url,
    key: told.key,
    clock: scaledClock(base, speed),
    base,
    speed,
    faults: async (rates) => void (await call('faults', rates)),
    inject: async (endpoint, ...faults) => void (await call('inject', { endpoint, faults })),
    hold: (endpoint, at) => call('hold', { endpoint, at }),
    release: async () => void (await call('release', null)),
    outage: async (outage) => void (await call('outage', outage)),
    fates: async (rates) => void (await call('fates', rates)),
    take: async (offerId) => void (await call('take', { offerId })),
    strike: (contractId, fate) => call('strike', { contractId, fate }),
    bills: () => call('bills', null),
    listed: () => call('listed', null),
    calls: () => call('calls', null),
    kill,
    close,
  };
}
