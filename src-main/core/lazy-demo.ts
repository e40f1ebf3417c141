import { join } from 'node:path';
import { type DemoServer, startDemoServer } from './backends/demo-server.ts';
import type { Ports } from './ports/ports.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import { type DemoMarket, startDemoMarket } from './vastai/market/demo-market.ts';

/** Something of the demo, started when somebody first asks for it. */
interface Lazy<T> {
  get(): Promise<T>;
  close(): Promise<void>;
}

const DEMO_MARKET_SEED = 20_261_123;
/** A machine that takes a minute elsewhere takes seconds here, and models are as much smaller. */
const DEMO_MARKET_SLOWNESS = 0.025;

/** The demo backend. */
export const lazyDemo = (settings: SettingsStore): Lazy<DemoServer> =>
  lazily(() => startDemoServer({ slowness: () => settings.get().demo.slowness }));

/** The demo market; what is rented there outlives the process. */
export const lazyDemoMarket = ({ clock, paths }: Ports, readOnly: boolean): Lazy<DemoMarket> =>
  lazily(() =>
    startDemoMarket({
      seed: DEMO_MARKET_SEED,
      statePath: join(paths.dataDir, 'demo-market.json'),
      clock,
      slowness: DEMO_MARKET_SLOWNESS,
      startModelServer: (machine) => startDemoServer({ machine, slowness: () => 1 }),
      readOnly,
    }),
  );

function lazily<T extends { close(): Promise<void> }>(start: () => Promise<T>): Lazy<T> {
  let started: Promise<T> | null = null;
  return {
    get: async () => {
      started ??= start();
      try {
        return await started;
      } catch (thrown) {
        started = null;
        throw thrown;
      }
    },
    close: async () => (await started)?.close(),
  };
}
