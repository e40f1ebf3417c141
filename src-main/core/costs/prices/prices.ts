import type { Clock, Env, Logger, Secrets } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { PriceOverride, Settings } from '#shared/contract/settings.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import { abortFailure } from '#shared/model/failure.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { Prices, PriceWanted, Quote } from '../seams.ts';
import { type Gpu, type MachineProvider, PRICE_BOOK, rowId } from './book.ts';
import { gpuIn } from './gpu-names.ts';
import { type HourDeps, type HourPrice, hourPrice, overridePrice } from './hour-prices.ts';
import { LivePrices } from './live.ts';
import { bestFor, type CloudProvider, matchMachine } from './machines.ts';
import { type HourTarget, regionOf } from './price-apis.ts';
import { PriceCache } from './price-cache.ts';
import { priceRows, withOverride, withoutOverride } from './price-list.ts';
import { hourQuote, limitsQuote, tokenQuote } from './quotes.ts';
import { type MachineRow, machineRows, modelRows } from './rows.ts';

export interface PricesDeps {
  readonly db: Db;
  /** False in an engine that only reads: nothing is kept, and rows are not changed. */
  readonly writable: boolean;
  readonly clock: Clock;
  readonly env: Env;
  readonly secrets: Secrets;
  readonly settings: { get(): Settings; set(settings: Settings): unknown };
  readonly logger: Logger;
  /** For tests. */
  readonly liveLimitMs?: Milliseconds | undefined;
}

/** Prices, and the list of them that the user can change. */
export interface PriceBook extends Prices {
  listPrices(): readonly PriceRow[];
  /** Throws `cost.price_invalid`. */
  override(row: PriceOverride): void;
  /** The user's row goes, and what it replaced is back. */
  restore(id: string): void;
}

type Wanted<K extends PriceWanted['kind']> = Extract<PriceWanted, { kind: K }>;

export const createPrices = (deps: PricesDeps): PriceBook => new AllPrices(deps);

class AllPrices implements PriceBook {
  private readonly deps: PricesDeps;
  private readonly hours: HourDeps;

  constructor(deps: PricesDeps) {
    const { clock, logger, env, secrets } = deps;
    this.deps = deps;
    const cache = new PriceCache(deps.db, deps.writable, logger);
    const live = new LivePrices(clock, logger, deps.liveLimitMs);
    this.hours = { clock, env, secrets, cache, live };
  }

  async quote(wanted: Exclude<PriceWanted, { kind: 'local' }>, signal: AbortSignal): Promise<Quote | null> {
    if (signal.aborted) throw abortFailure(signal);
    switch (wanted.kind) {
      case 'rental':
        return limitsQuote(wanted) ?? (await this.rental(wanted, signal));
      case 'machine':
        return await this.machine(wanted, signal);
      case 'tokens':
        return tokenQuote(modelRows(wanted.provider, this.overrides), wanted.model, this.now());
    }
  }

  listPrices(): readonly PriceRow[] {
    const { prices } = this.deps.settings.get();
    return priceRows({
      overrides: prices.overrides,
      cached: this.hours.cache.all(),
      now: this.now(),
      target: (provider, name, row) => this.target(provider, name, row, null),
    });
  }

  override(row: PriceOverride): void {
    const { settings, writable } = this.deps;
    settings.set(withOverride(settings.get(), row, writable));
  }

  restore(id: string): void {
    const { settings, writable } = this.deps;
    settings.set(withoutOverride(settings.get(), id, writable));
  }

  private async machine({ provider, name }: Wanted<'machine'>, signal: AbortSignal): Promise<Quote | null> {
    const match = matchMachine(provider, machineRows(provider, this.overrides), name);
    if (match === null) return null;
    if (match.by === 'unlisted') {
      const price = await this.priceOf(provider, match.name, null, null, signal);
      return price && hourQuote(price, 1, this.title(provider, match.name, price), false, null);
    }
    const { row } = match;
    const price = await this.priceOf(provider, row.name, row, null, signal);
    if (price === null) return null;
    const title = this.title(provider, row.name, price);
    if (match.by === 'name') return hourQuote(price, 1, title, false, null);
    if (match.by === 'default')
      return hourQuote(
        price,
        1,
        title,
        true,
        `${name.trim() === '' ? 'No machine is named' : `"${name}" names no machine`}: the price is that of RUNE's default, ${row.name}.`,
      );
    const { gpu, count } = match;
    const whole =
      count % row.gpu_count === 0
        ? null
        : `${gpu} is sold in machines of ${row.gpu_count}, $${price.usd_hour}/h for the whole.`;
    const share = count / row.gpu_count;
    return hourQuote(price, share, `${count === 1 ? '' : `${count} x `}${gpu} of ${title}`, false, whole);
  }

  private async rental({ gpu: named }: Wanted<'rental'>, signal: AbortSignal): Promise<Quote | null> {
    const rows = machineRows('vastai', this.overrides);
    if (named === undefined || named.trim() === '') {
      const { name } = PRICE_BOOK.default_rental;
      const row = rows.find(({ id }) => id === rowId('vastai', name)) ?? null;
      const price = await this.priceOf('vastai', name, row, null, signal);
      return price && hourQuote(price, 1, this.title('vastai', name, price), true, NO_LIMITS);
    }
    const wanted = gpuIn(named);
    const own = rows.find(({ id }) => id === rowId('vastai', named.trim()));
    if (wanted === null && own === undefined) return null;
    const { gpus, count } = wanted ?? { gpus: [], count: 1 };
    const sold = rows.filter((one) => gpus.some((gpu) => one.gpus.includes(gpu.name)));
    const row = own ?? bestFor(1, sold);
    const gpu = gpus.find(({ name }) => row?.gpus.includes(name)) ?? gpus[0] ?? null;
    const name = row?.name ?? gpu?.name ?? named;
    const price = await this.priceOf('vastai', name, row ?? null, gpu, signal);
    return price && hourQuote(price, count, this.title('vastai', name, price), false, null);
  }

  private async priceOf(
    provider: MachineProvider,
    name: string,
    row: MachineRow | null,
    gpu: Gpu | null,
    signal: AbortSignal,
  ): Promise<HourPrice | null> {
    const override = row?.override ?? null;
    if (override !== null && override.usd_hour !== null)
      return overridePrice(override, override.usd_hour, this.now());
    const { live } = this.deps.settings.get().prices;
    return await hourPrice(this.target(provider, name, row, gpu), live, this.hours, signal);
  }

  private target(
    provider: MachineProvider,
    name: string,
    row: MachineRow | null,
    gpu: Gpu | null,
  ): HourTarget {
    const region = regionOf(provider, this.deps.settings.get().prices.region, this.deps.env);
    const key = `${rowId(provider, name)}${region === null ? '' : `@${region}`}`;
    return { key, provider, name, region, gpu, book: row?.book ?? null };
  }

  private title(provider: CloudProvider | 'vastai', name: string, price: HourPrice): string {
    if (price.source === 'override') return `${name}, your own price`;
    if (provider === 'vastai') return `${name} on Vast.ai${price.note === null ? '' : `, ${price.note}`}`;
    return `${name} in ${price.region ?? 'any region'}, on demand, Linux`;
  }

  private get overrides(): readonly PriceOverride[] {
    return this.deps.settings.get().prices.overrides;
  }

  private now(): number {
    return toEpochSeconds(this.deps.clock.nowUs());
  }
}

const NO_LIMITS = 'The rental has no price limits: the price is the one RUNE takes then.';
