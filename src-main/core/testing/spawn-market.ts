import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as ask } from 'node:http';
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
  const child = spawn(process.execPath, [ENTRY, JSON.stringify({ ...options, base, speed })], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const line = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) resolve(out);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`The market's process ended:\n${stderr}`)));
  });
  const told = JSON.parse(line) as { url: string; key: string; control: string; pid: number };
  const call = <Name extends MarketControl>(name: Name, argument: MarketControls[Name]['argument']) =>
    post(`${told.control}/${name}`, argument) as Promise<MarketControls[Name]['answer']>;
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
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    close: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** Without fetch, whose kept connections would outlive a test that closes its server. */
function post(url: string, argument: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = ask(url, { method: 'POST', agent: false }, async (answer) => {
      try {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        if (answer.statusCode !== 200) throw new Error(`${url}: ${text}`);
        resolve(JSON.parse(text));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end(JSON.stringify(argument));
  });
}
