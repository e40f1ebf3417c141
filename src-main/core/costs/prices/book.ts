import { z } from 'zod';
import bookJson from '#resources/price-book.json' with { type: 'json' };
import type { CostProvider } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

const usd = z.number().positive().max(10_000);
const about = {
  /** Where it was read, in words. */
  source: z.string().min(1),
  as_of: z.iso.date().transform((day): EpochSeconds => Date.parse(day) / 1000),
};

const gpu = z.strictObject({
  name: z.string(),
  aliases: z.array(z.string()).min(1),
  /** What Vast.ai calls it; null where nobody rents it out there. */
  vast: z
    .strictObject({ names: z.array(z.string()), min_ram_mb: z.number(), max_ram_mb: z.number() })
    .nullable(),
});
export type Gpu = z.infer<typeof gpu>;

const machine = z.strictObject({
  provider: z.enum(['vastai', 'aws', 'gcp', 'azure']),
  name: z.string(),
  region: z.string().nullable(),
  gpu: z.string().nullable(),
  gpu_count: z.number().positive(),
  /** Of the whole machine. */
  usd_hour: usd,
  ...about,
  /** What Google sells it as: the start of each SKU's description, and how many of its unit. */
  components: z.array(z.strictObject({ sku: z.string(), amount: z.number().positive() })).optional(),
});
export type BookMachine = z.infer<typeof machine>;
export type MachineProvider = BookMachine['provider'];

const model = z.strictObject({
  provider: z.enum(['aws', 'gcp', 'azure', 'api']),
  name: z.string(),
  usd_million_in: usd,
  usd_million_out: usd,
  ...about,
});
export type BookModel = z.infer<typeof model>;
export type TokenProvider = BookModel['provider'];

const book = z.strictObject({
  about: z.string(),
  gpus: z.array(gpu),
  machines: z.array(machine),
  models: z.array(model),
  /** RUNE's machine where none is named; `named`: only where one of these stands in the name. */
  default_machines: z.array(
    z.strictObject({
      provider: z.enum(['aws', 'gcp', 'azure']),
      named: z.array(z.string()),
      machine: z.string(),
    }),
  ),
  /** RUNE's price of a rental that nothing is known of. */
  default_rental: machine,
});

/** The price list that comes with the app: indicative, dated row by row. */
export const PRICE_BOOK = book.parse(bookJson);

/** `<provider>/<name>`, in lower case: what overrides and the cache call a row. */
export const rowId = (provider: CostProvider, name: string): string => `${provider}/${name}`.toLowerCase();
