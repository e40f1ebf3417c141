import type { PriceOverride, Settings } from '#shared/contract/settings.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { type MachineProvider, PRICE_BOOK, rowId } from './book.ts';
import { overridePrice, storedPrice } from './hour-prices.ts';
import type { HourTarget } from './price-apis.ts';
import type { CachedPrice } from './price-cache.ts';
import { type MachineRow, type ModelRow, machineRows, modelRows } from './rows.ts';

const MAX_OVERRIDES = 1000;

interface Known {
  readonly overrides: readonly PriceOverride[];
  /** By key of HourTarget. */
  readonly cached: ReadonlyMap<string, CachedPrice>;
  readonly now: EpochSeconds;
  target(provider: MachineProvider, name: string, row: MachineRow | null): HourTarget;
}

/** One row for each thing that has a price, with the price that an estimate would take without asking anybody. */
export function priceRows(known: Known): readonly PriceRow[] {
  const { overrides, cached, now } = known;
  const seen = new Set<string>();
  const hourly = (['vastai', 'aws', 'gcp', 'azure'] as const).flatMap((provider) =>
    machineRows(provider, overrides).flatMap((row): PriceRow[] => {
      const target = known.target(provider, row.name, row);
      seen.add(target.key);
      const stored = storedPrice(target, cached.get(target.key) ?? null, now);
      const { override } = row;
      const usd = override?.usd_hour ?? null;
      const price = override !== null && usd !== null ? overridePrice(override, usd, now) : stored;
      if (price === null) return [];
      return [
        {
          ...blank,
          id: row.id,
          provider,
          name: row.name,
          region: price.region,
          gpu: row.gpus[0] ?? null,
          gpu_count: row.gpu_count,
          usd_hour: price.usd_hour,
          source: price.source === 'assumed' ? 'book' : price.source,
          origin: price.origin,
          as_of: price.as_of,
        },
      ];
    }),
  );
  const fetched = [...cached]
    .filter(([key]) => !seen.has(key))
    .flatMap(([key, { provider, name }]): PriceRow[] => {
      const target = known.target(provider, name, null);
      const price = target.key === key ? storedPrice(target, cached.get(key) ?? null, now) : null;
      const { region, gpu, gpu_count } = cached.get(key) ?? { region: null, gpu: null, gpu_count: 1 };
      if (price === null) return [];
      const { usd_hour, source, origin, as_of } = price;
      return [
        {
          ...blank,
          id: rowId(provider, name),
          provider,
          name,
          region,
          gpu,
          gpu_count,
          usd_hour,
          source,
          origin,
          as_of,
        },
      ];
    });
  const perToken = (['aws', 'gcp', 'azure', 'api'] as const).flatMap((provider) =>
    modelRows(provider, overrides).flatMap(tokenRow),
  );
  return [...hourly, ...fetched, ...perToken];
}

const blank = {
  region: null,
  gpu: null,
  gpu_count: 1,
  usd_hour: null,
  usd_million_in: null,
  usd_million_out: null,
} as const;

function tokenRow({ id, provider, name, book, override }: ModelRow): readonly PriceRow[] {
  const row = { ...blank, id, provider, name, gpu_count: 0 };
  if (override !== null) {
    const { usd_million_in, usd_million_out, as_of } = override;
    return [{ ...row, usd_million_in, usd_million_out, as_of, source: 'override', origin: 'your own price' }];
  }
  if (book === null) return [];
  const { usd_million_in, usd_million_out, as_of, source } = book;
  return [{ ...row, usd_million_in, usd_million_out, as_of, source: 'book', origin: source }];
}

/** The settings with the user's row in place of an earlier one of that id. */
export function withOverride(settings: Settings, row: PriceOverride, writable: boolean): Settings {
  requireWritable(writable);
  const id = row.id.toLowerCase();
  const byToken = row.usd_hour === null;
  const problem =
    id.startsWith('api/') && !byToken
      ? 'a model service is priced by the token: give prices per million tokens in and out'
      : id.startsWith('vastai/') && byToken
        ? 'Vast.ai is priced by the hour'
        : isPricedSo(id, byToken)
          ? null
          : byToken
            ? 'it is a machine: give a price per hour'
            : 'it is a model: give prices per million tokens in and out';
  if (problem !== null)
    throw new CodedError('cost.price_invalid', `The price of "${row.id}" cannot be used: ${problem}.`);
  const others = settings.prices.overrides.filter((one) => one.id.toLowerCase() !== id);
  if (others.length >= MAX_OVERRIDES)
    throw new CodedError(
      'cost.price_invalid',
      `There are ${MAX_OVERRIDES} prices of your own already. Remove some first.`,
    );
  return { ...settings, prices: { ...settings.prices, overrides: [...others, { ...row, id }] } };
}

/** False for a row of the book that is priced the other way. */
const isPricedSo = (id: string, byToken: boolean): boolean =>
  !(byToken ? PRICE_BOOK.machines : PRICE_BOOK.models).some(
    ({ provider, name }) => rowId(provider, name) === id,
  );

export function withoutOverride(settings: Settings, id: string, writable: boolean): Settings {
  requireWritable(writable);
  const overrides = settings.prices.overrides.filter((row) => row.id !== id.toLowerCase());
  return { ...settings, prices: { ...settings.prices, overrides } };
}

function requireWritable(writable: boolean): void {
  if (writable) return;
  throw new CodedError(
    'source.cannot_provide',
    'This process only reads: prices are changed in the process that owns the data directory.',
  );
}
