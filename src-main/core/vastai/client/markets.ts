import type { Ports } from '#core/ports/ports.ts';
import type { Markets } from '../seams.ts';

export interface MarketsDeps {
  readonly ports: Pick<Ports, 'clock' | 'env' | 'secrets' | 'logger'>;
  /** Started when somebody first asks for it. */
  demoMarket(): Promise<{ readonly url: string; readonly key: string }>;
}

export function createMarkets(_deps: MarketsDeps): Markets {
  return {} as Markets;
}
