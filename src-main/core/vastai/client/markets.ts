import type { Ports } from '#core/ports/ports.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Markets, VastClient, VastConnection } from '../seams.ts';
import { createVastClient } from './client.ts';
import { noVastKey, usableKey, vastBaseUrl, vastKey } from './connection.ts';

export interface MarketsDeps {
  readonly ports: Pick<Ports, 'clock' | 'env' | 'secrets' | 'logger'>;
  /** Started when somebody first asks for it. */
  demoMarket(): Promise<{ readonly url: string; readonly key: string }>;
}

/** Nobody is spared by waiting for a market of one's own. */
const DEMO_PACE = 20;

/** Vast.ai where its key is known, and the market in the app. */
export function createMarkets({ ports, demoMarket }: MarketsDeps): Markets {
  const { clock, env, secrets, logger } = ports;
  const clients = new Map<Market, VastClient>();

  async function connect(market: Market): Promise<VastConnection> {
    if (market === 'demo') {
      const { url, key } = await demoMarket();
      return { market, base_url: url.replace(/\/+$/, ''), key, pace: DEMO_PACE };
    }
    const key = await vastKey(env, secrets);
    if (key === null) throw noVastKey();
    return { market, base_url: vastBaseUrl(env), key: usableKey(key), pace: 1 };
  }

  const hasKey = async (): Promise<boolean> => (await vastKey(env, secrets)) !== null;

  return {
    usual: async () => ((await hasKey()) ? 'vastai' : 'demo'),
    hasKey,
    baseUrl: (market) => {
      if (market === 'demo') return clients.get('demo')?.connection.base_url ?? null;
      try {
        return vastBaseUrl(env);
      } catch {
        return null;
      }
    },
    client: async (market) => {
      const connection = await connect(market);
      const known = clients.get(market);
      if (known?.connection.key === connection.key && known.connection.base_url === connection.base_url)
        return known;
      const client = createVastClient(connection, clock, logger);
      clients.set(market, client);
      return client;
    },
  };
}
