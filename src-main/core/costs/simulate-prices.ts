import type { SimulateQuery } from '#shared/contract/costs.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import type { CostProvider, Rate } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { rowId } from './prices/book.ts';
import { gpuIn } from './prices/gpu-names.ts';
import type { Prices, PriceWanted, Quote } from './seams.ts';

/** A price that was found, and by whom. */
export interface Priced<R extends Rate = Rate> {
  readonly rate: R;
  readonly log_sigma: number;
  readonly warning: string | null;
  readonly row: PriceRow;
}
export type HourPriced = Priced<Extract<Rate, { per: 'hour' }>>;
export type TokensPriced = Priced<Extract<Rate, { per: 'million_tokens' }>>;

type Wanted = Exclude<PriceWanted, { kind: 'local' }>;

/** Models that nobody can run on a GPU of their own. */
const SOLD_BY_TOKEN_ONLY =
  /claude|gpt-(?!oss)|(^|[/.])o[134](-|$)|gemini|titan|palm|text-bison|text-embedding|(^|[/.-])nova(-|$)/i;

/** A model that runs on the GPU is paid for with it. */
export const paysTokens = ({ gpu, model }: Pick<SimulateQuery, 'gpu' | 'model'>): boolean =>
  model !== '' && (gpu === '' || SOLD_BY_TOKEN_ONLY.test(model));

/** A GPU by the hour: where they are rented out singly, then the clouds. Null: nobody sells it. */
export async function gpuPriced(
  prices: Prices,
  gpu: string,
  now: EpochSeconds,
  signal: AbortSignal,
): Promise<HourPriced | null> {
  const wanted: readonly Wanted[] = [
    { kind: 'rental', min_dph: 0, max_dph: 0, gpu },
    ...(['aws', 'azure', 'gcp'] as const).map((provider) => ({
      kind: 'machine' as const,
      provider,
      name: gpu,
    })),
  ];
  for (const one of wanted) {
    const quote = await prices.quote(one, signal);
    if (quote === null || quote.price.rate.per !== 'hour') continue;
    // A cloud's assumed price is that of a machine that nobody named.
    if (one.kind === 'machine' && quote.price.source === 'assumed') continue;
    const provider = one.kind === 'machine' ? one.provider : 'vastai';
    const found = gpuIn(gpu);
    return priced(quote, quote.price.rate, provider, gpu, now, {
      gpu: found?.gpus[0]?.name ?? null,
      gpu_count: found?.count ?? 1,
      usd_hour: quote.price.rate.usd,
    });
  }
  return null;
}

/** A model by the token: from whom its name says, else from whoever sells it. Null: nobody does. */
export async function tokensPriced(
  prices: Prices,
  model: string,
  now: EpochSeconds,
  signal: AbortSignal,
): Promise<TokensPriced | null> {
  for (const provider of sellersOf(model)) {
    const quote = await prices.quote({ kind: 'tokens', provider, model }, signal);
    const rate = quote?.price.rate;
    if (!quote || rate?.per !== 'million_tokens') continue;
    const { usd_in: usd_million_in, usd_out: usd_million_out } = rate;
    return priced(quote, rate, provider, model, now, { gpu_count: 0, usd_million_in, usd_million_out });
  }
  return null;
}

type Seller = 'api' | 'aws' | 'azure' | 'gcp';

function sellersOf(model: string): readonly Seller[] {
  const name = model.toLowerCase();
  const first: Seller = /^(bedrock|aws)\/|^([a-z-]+\.)?(anthropic|meta|amazon)\./.test(name)
    ? 'aws'
    : name.startsWith('azure/')
      ? 'azure'
      : /^(vertex|gcp)|gemini/.test(name)
        ? 'gcp'
        : 'api';
  return [...new Set([first, 'api', 'aws', 'azure', 'gcp'] as const)];
}

function priced<R extends Rate>(
  { price, warning }: Quote,
  rate: R,
  provider: CostProvider,
  name: string,
  now: EpochSeconds,
  figures: Partial<PriceRow>,
): Priced<R> {
  const { source, title, log_sigma } = price;
  const row: PriceRow = {
    id: rowId(provider, name),
    provider,
    name,
    region: null,
    gpu: null,
    gpu_count: 1,
    usd_hour: null,
    usd_million_in: null,
    usd_million_out: null,
    source,
    origin: title,
    as_of: price.as_of ?? now,
    ...figures,
  };
  return { rate, log_sigma, warning, row };
}
