import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoServer } from '#core/backends/demo-server.ts';
import type { Clock } from '#core/ports/ports.ts';
import { type DemoMarket, type MarketOptions, startDemoMarket } from '#core/vastai/market/demo-market.ts';

/** A clock that stands still until it is moved. */
export function standingClock(startS = 1_795_400_000): Clock & { forward(seconds: number): void } {
  let now = startS;
  return {
    nowUs: () => Math.round(now * 1e6),
    monotonicMs: () => now * 1000,
    forward: (seconds) => {
      now += seconds;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** Parsed when it is JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface OpenMarket {
  readonly market: DemoMarket;
  readonly dir: string;
  readonly statePath: string;
  readonly clock: Clock & { forward(seconds: number): void };
  call(method: string, path: string, body?: unknown, key?: string): Promise<Answer>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

/** A market in this process, with a clock of its own, in a directory of its own unless told. */
export async function openMarket(
  options: Partial<MarketOptions> & { readonly dir?: string; readonly moving?: OpenMarket['clock'] } = {},
): Promise<OpenMarket> {
  const {
    dir = mkdtempSync(join(tmpdir(), 'runescope-market-')),
    moving = standingClock(),
    ...more
  } = options;
  const statePath = join(dir, 'market.json');
  const market = await startDemoMarket({
    seed: 7,
    statePath,
    clock: moving,
    slowness: 1,
    fates: () => ({}),
    startModelServer: (machine) => startDemoServer({ machine, slowness: () => 0 }),
    ...more,
  });
  return {
    market,
    dir,
    statePath,
    clock: moving,
    call: async (method, path, body, key = market.key) => {
      const base = path.startsWith('/api/') ? new URL(market.url).origin : market.url;
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, connection: 'close' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, text, body: type.includes('json') ? JSON.parse(text) : {} };
    },
    close: () => market.close(),
    remove: async () => {
      await market.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
