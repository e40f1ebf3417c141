import type { PriceOverride } from '#shared/contract/settings.ts';
import { type BookMachine, type MachineProvider, PRICE_BOOK, rowId, type TokenProvider } from './book.ts';
import { gpuCalled } from './gpu-names.ts';

/** A machine that can be priced: of the book, of the user's rows, or both. */
export interface MachineRow {
  readonly id: string;
  readonly provider: MachineProvider;
  readonly name: string;
  /** Names of the book; a user's row for "a100" stands for both of them. */
  readonly gpus: readonly string[];
  readonly gpu_count: number;
  readonly book: BookMachine | null;
  readonly override: PriceOverride | null;
}

export interface ModelRow {
  readonly id: string;
  readonly provider: TokenProvider;
  readonly name: string;
  readonly book: (typeof PRICE_BOOK.models)[number] | null;
  readonly override: PriceOverride | null;
}

const BOOK_MACHINES = [...PRICE_BOOK.machines, PRICE_BOOK.default_rental];

/** Ids were typed by hand, or by another version. */
const ofProvider = (provider: string, overrides: readonly PriceOverride[]): readonly PriceOverride[] =>
  overrides
    .map((row) => ({ ...row, id: row.id.toLowerCase() }))
    .filter(({ id }) => id.startsWith(`${provider}/`));

/** Machines of a provider, the user's own rows first. */
export function machineRows(
  provider: MachineProvider,
  overrides: readonly PriceOverride[],
): readonly MachineRow[] {
  const hourly = ofProvider(provider, overrides).filter(({ usd_hour }) => usd_hour !== null);
  const listed = BOOK_MACHINES.filter((book) => book.provider === provider).map((book): MachineRow => {
    const id = rowId(provider, book.name);
    return {
      id,
      provider,
      name: book.name,
      gpus: book.gpu === null ? [] : [book.gpu],
      gpu_count: book.gpu_count,
      book,
      override: hourly.find((override) => override.id === id) ?? null,
    };
  });
  const own = hourly
    .filter(({ id }) => !listed.some((row) => row.id === id))
    .map((override): MachineRow => {
      const name = override.id.slice(provider.length + 1);
      const gpus = gpuCalled(name).map((gpu) => gpu.name);
      return { id: override.id, provider, name, gpus, gpu_count: 1, book: null, override };
    });
  return [...own, ...listed];
}

/** Models of a provider, the user's own rows first. */
export function modelRows(provider: TokenProvider, overrides: readonly PriceOverride[]): readonly ModelRow[] {
  const perToken = ofProvider(provider, overrides).filter(({ usd_hour }) => usd_hour === null);
  const listed = PRICE_BOOK.models
    .filter((book) => book.provider === provider)
    .map((book): ModelRow => {
      const id = rowId(provider, book.name);
      const override = perToken.find((row) => row.id === id) ?? null;
      return { id, provider, name: book.name, book, override };
    });
  const own = perToken
    .filter(({ id }) => !listed.some((row) => row.id === id))
    .map((override): ModelRow => {
      const name = override.id.slice(provider.length + 1);
      return { id: override.id, provider, name, book: null, override };
    });
  return [...own, ...listed];
}
