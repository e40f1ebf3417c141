import { writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { startDemoServer } from '#core/backends/demo-server.ts';
import { type DemoMarket, type ListedContract, startDemoMarket } from '#core/vastai/market/demo-market.ts';
import type { ContractBill } from '#core/vastai/market/estate.ts';
import { type FateRates, USUAL_FATES } from '#core/vastai/market/fates.ts';
import type { Endpoint } from '#core/vastai/market/reply.ts';
import {
  type LoggedCall,
  type MarketFault,
  type MarketFaultRates,
  MarketFaults,
  type Outage,
} from './market-faults.ts';
import { type HoldAt, MarketHold } from './market-hold.ts';
import { scaledClock } from './scaled-clock.ts';

/**
 * The demo market as a process of its own, with a clock that is shared and faults on request:
 * `node market-process.ts '{"statePath": "...", "base": ..., "speed": 60}'` writes one line of JSON and runs until its
 * standard input ends or a signal comes.
 */
export interface MarketProcessOptions {
  readonly statePath: string;
  /** Of the clock: when it and the wall agreed, in microseconds, and how fast it runs. */
  readonly base: number;
  readonly speed: number;
  readonly seed?: number;
  /** Of boots and downloads, 1 as real machines take; on the clock. */
  readonly slowness?: number;
  /** Of answers, 1 as the cards take; on the clock. */
  readonly answers?: number;
  readonly port?: number;
  readonly key?: string;
  readonly offers?: number;
  readonly intervals?: boolean;
  readonly fates?: FateRates;
  readonly faults?: MarketFaultRates;
}

/** The calls of the control server: POST /NAME with a JSON argument and a JSON answer. */
export interface MarketControls {
  /** Null stops them. */
  faults: { argument: MarketFaultRates | null; answer: null };
  inject: {
    argument: { readonly endpoint: Endpoint; readonly faults: readonly MarketFault[] };
    answer: null;
  };
  /** Answers when the next call of that kind stands still; false when it was released before. */
  hold: { argument: { readonly endpoint: Endpoint; readonly at: HoldAt }; answer: boolean };
  release: { argument: null; answer: null };
  outage: { argument: Outage | null; answer: null };
  fates: { argument: FateRates; answer: null };
  take: { argument: { readonly offerId: number }; answer: null };
  strike: {
    argument: { readonly contractId: number; readonly fate: 'exit' | 'lost' | 'ended' };
    answer: boolean;
  };
  bills: { argument: null; answer: readonly ContractBill[] };
  listed: { argument: null; answer: readonly ListedContract[] };
  calls: { argument: null; answer: readonly LoggedCall[] };
}
export type MarketControl = keyof MarketControls;

type Handlers = {
  readonly [Name in MarketControl]: (
    argument: MarketControls[Name]['argument'],
  ) => MarketControls[Name]['answer'] | Promise<MarketControls[Name]['answer']>;
};

const options = JSON.parse(process.argv[2] ?? '{}') as MarketProcessOptions;
const { seed = 1, speed, slowness = 1, answers = 1 } = options;
const clock = scaledClock(options.base, speed);
const faults = new MarketFaults(clock, seed, options.faults);
const held = new MarketHold();
let fates = options.fates ?? USUAL_FATES;

const market: DemoMarket = await startDemoMarket({
  seed,
  statePath: options.statePath,
  clock,
  slowness,
  port: options.port,
  key: options.key,
  offers: options.offers,
  intervals: options.intervals,
  fates: () => fates,
  around: held.around(faults.around),
  startModelServer: (machine) => startDemoServer({ machine, slowness: () => answers / speed }),
});

const handlers: Handlers = {
  faults: (rates) => {
    faults.setRates(rates ?? {});
    return null;
  },
  inject: (asked) => {
    faults.inject(asked.endpoint, ...asked.faults);
    return null;
  },
  hold: ({ endpoint, at }) => held.hold(endpoint, at),
  release: () => {
    held.release();
    return null;
  },
  outage: (asked) => {
    faults.outage(asked);
    return null;
  },
  fates: (rates) => {
    fates = rates;
    return null;
  },
  take: ({ offerId }) => {
    faults.take(offerId);
    return null;
  },
  strike: ({ contractId, fate }) => market.strike(contractId, fate),
  bills: () => market.bills(),
  listed: () => market.listed(),
  calls: () => faults.calls,
};

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const name = (request.url ?? '/').slice(1);
    if (!Object.hasOwn(handlers, name)) throw new Error(`${name} is no control of the market`);
    const handler = handlers[name as MarketControl] as (argument: unknown) => unknown;
    const answer = JSON.stringify(await handler(JSON.parse(text)));
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  } catch (thrown) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(String(thrown));
  }
}

const control = createServer((request, response) => void handle(request, response));
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
const address = control.address();
const controlPort = typeof address === 'object' && address !== null ? address.port : 0;
const told = {
  url: market.url,
  key: market.key,
  control: `http://127.0.0.1:${controlPort}`,
  pid: process.pid,
};
writeSync(1, `${JSON.stringify(told)}\n`);

async function end(): Promise<void> {
  control.close();
  await market.close();
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.stdin.once('end', end).resume();
