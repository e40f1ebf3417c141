import type { Clock } from '#core/ports/ports.ts';

/** A model server on a rented machine: speaks Ollama's API on loopback. */
export interface ModelServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface MarketOptions {
  readonly seed: number;
  /** Where its state lies, so that it outlives the process; created when missing. */
  readonly statePath: string;
  /** What the market takes for the time; scaled in tests. */
  readonly clock: Clock;
  /** Multiplies what machines take to boot, 1 as real ones do. */
  readonly slowness: number;
  readonly port?: number | undefined;
  startModelServer(): Promise<ModelServer>;
}

export interface DemoMarket {
  /** With the path of the API: what VAST_API_URL takes. */
  readonly url: string;
  readonly key: string;
  close(): Promise<void>;
}

export function startDemoMarket(_options: MarketOptions): Promise<DemoMarket> {
  throw new Error('not built yet');
}
