import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SpawnedMarket, type SpawnMarketOptions, spawnMarket } from '#core/testing/spawn-market.ts';
import { type CliOptions, type Ran, runCli } from './cli.ts';

/** A data directory, a market in a process of its own, and the command line with its key. */
export interface MarketCli {
  readonly market: SpawnedMarket;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  cli(args: readonly string[], options?: CliOptions, timeoutMs?: number): Promise<Ran>;
  close(): Promise<void>;
}

export const KEY = 'key-of-the-test-market';

/** On the wall's clock, with machines that boot in a second or two. */
export async function startMarketCli(options: Partial<SpawnMarketOptions> = {}): Promise<MarketCli> {
  const dir = mkdtempSync(join(tmpdir(), 'rs-market-cli-'));
  const dataDir = join(dir, 'data');
  const market = await spawnMarket({
    statePath: join(dir, 'market.json'),
    seed: 3,
    slowness: 0.02,
    answers: 0.02,
    key: KEY,
    fates: {},
    ...options,
  });
  const env = { VAST_API_URL: market.url, VAST_API_KEY: KEY };
  return {
    market,
    dataDir,
    env,
    cli: (args, more = {}, timeoutMs = 60_000) =>
      runCli([...args, '--data', dataDir], { ...more, env: { ...env, ...more.env } }, timeoutMs),
    close: async () => {
      await market.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** An instance that no ledger has; with our mark on it unless told otherwise. */
export async function strayOn(
  market: SpawnedMarket,
  label = 'rune-of-another-installation.1',
): Promise<number> {
  const wanted = { verified: { eq: true }, rentable: { eq: true }, rented: { eq: false }, limit: 1 };
  const { offers } = await askMarket(market, 'POST', '/bundles/', { ...wanted, type: 'ondemand' });
  const [offer] = offers as { id: number }[];
  const order = { image: 'ollama/ollama', disk: 16, label };
  return (await askMarket(market, 'PUT', `/asks/${offer?.id}/`, order)).new_contract as number;
}

/** The market's API itself, whatever the app makes of it. */
export async function askMarket(
  market: SpawnedMarket,
  method: 'POST' | 'PUT',
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(market.url + path, { method, headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
}
