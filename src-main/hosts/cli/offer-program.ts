import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import type { OffersQuery } from '#shared/contract/offers.ts';
import { CodedError } from '#shared/model/failure.ts';
import { BACKEND_TYPES, type BackendType } from '#shared/model/job.ts';
import {
  MARKETS,
  type Market,
  type OfferFilter,
  RANGE_FIELDS,
  type RangeField,
} from '#shared/model/offers.ts';
import { searchOffers } from './commands/offers.ts';
import { amount, each, list, once, seconds, share, whole } from './flags.ts';
import type { Prepared } from './prepared.ts';

interface SearchFlags {
  readonly data?: string;
  readonly store?: string;
  readonly market?: Market;
  readonly model: string;
  readonly agent: string;
  readonly backendType?: BackendType;
  readonly gpuName?: string[];
  readonly country?: string[];
  readonly minDph?: number;
  readonly maxDph?: number;
  readonly reliability?: number;
  readonly minVram?: number;
  readonly numGpus?: number;
  readonly min?: string[];
  readonly max?: string[];
  readonly interruptible?: true;
  readonly all?: true;
  readonly verified: boolean;
  readonly notExternal: boolean;
  readonly rentable: boolean;
  readonly notRented: boolean;
  readonly limit?: number;
  readonly maxAge: number;
}

/** `offers search`. */
export function addOffers(program: Command, prepare: (command: Prepared) => void): void {
  program
    .command('offers')
    .description('GPUs to rent: on Vast.ai where VAST_API_KEY is set, else on the demo market')
    .command('search')
    .description('offers, by what a finished job costs there')
    .option('--market <name>', MARKETS.join(', '), once(MARKETS))
    .option('--model <name>', 'the model of the job (default: the largest that fits each)', '')
    .option('--agent <name>', 'whose jobs tell how many tokens it takes', 'prompt')
    .option('--backend-type <type>', 'likewise (default: ollama)', once(BACKEND_TYPES))
    .option('--gpu-name <name>', 'only these, as the market writes them (repeat, or commas)', list)
    .option('--country <code>', 'only in these, by two letters (repeat, or commas)', list)
    .option('--min-dph <usd>', 'least price per hour with storage', amount('USD per hour'))
    .option('--max-dph <usd>', 'most', amount('USD per hour'))
    .option('--reliability <share>', 'least, from 0 to 1', share)
    .option('--min-vram <mb>', 'least memory of all GPUs together', amount('MB'))
    .option('--num-gpus <n>', 'exactly so many', whole(1))
    .option('--min <field=value>', `least of a field (repeat): ${RANGE_FIELDS.join(', ')}`, each)
    .option('--max <field=value>', 'most of a field (repeat)', each)
    .option('--interruptible', 'offers to bid on, instead of those on demand')
    .option('--no-verified', 'also of machines that are not verified')
    .option('--no-not-external', 'also external ones')
    .option('--no-rentable', 'also those that cannot be rented')
    .option('--no-not-rented', 'also those that are rented already')
    .option('--all', 'all four of these: nothing is hidden')
    .option('--limit <n>', 'print so many (default: 40 in text, all with --json)', whole(1))
    .option('--max-age <seconds>', 'a search that is no older may answer; 0 asks the market', seconds, 30)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SearchFlags>();
      prepare((output) => {
        if (flags.store !== undefined)
          throw new CodedError(
            'request.invalid',
            'Offers belong to a data directory (--data), not to a store.',
          );
        return searchOffers(dataDirFor(flags.data), queryOf(flags), flags.limit, output);
      });
    });
}

function queryOf(flags: SearchFlags): OffersQuery {
  const isShown = flags.all === true;
  return {
    market: flags.market,
    filter: {
      gpu_name: flags.gpuName,
      country: flags.country?.map((code) => code.trim().toUpperCase()),
      ranges: rangesOf(flags),
      type: flags.interruptible === true ? 'bid' : 'ondemand',
      defaults: {
        verified: flags.verified && !isShown,
        not_external: flags.notExternal && !isShown,
        rentable: flags.rentable && !isShown,
        not_rented: flags.notRented && !isShown,
      },
    },
    model: flags.model,
    agent: flags.agent,
    backend_type: flags.backendType ?? 'ollama',
    max_age_s: flags.maxAge,
  };
}

type Ranges = NonNullable<OfferFilter['ranges']>;

/** Short forms first; naming a limit twice is refused, as one of the two would silently win. */
function rangesOf(flags: SearchFlags): Ranges {
  const ranges: { [F in RangeField]?: { min?: number; max?: number } } = {};
  const limit = (field: RangeField, end: 'min' | 'max', value: number | undefined): void => {
    if (value === undefined) return;
    const range = ranges[field] ?? {};
    if (range[end] !== undefined)
      throw new CodedError(
        'request.invalid',
        `The ${end === 'min' ? 'least' : 'most'} ${field} is given twice.`,
      );
    ranges[field] = { ...range, [end]: value };
  };
  limit('dph_total', 'min', flags.minDph);
  limit('dph_total', 'max', flags.maxDph);
  limit('reliability', 'min', flags.reliability);
  limit('gpu_total_ram', 'min', flags.minVram);
  limit('num_gpus', 'min', flags.numGpus);
  limit('num_gpus', 'max', flags.numGpus);
  for (const end of ['min', 'max'] as const)
    for (const text of flags[end] ?? []) {
      const { field, value } = limitOf(end, text);
      limit(field, end, value);
    }
  return ranges;
}

function limitOf(end: 'min' | 'max', text: string): { readonly field: RangeField; readonly value: number } {
  const [, name = '', given = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  const field = RANGE_FIELDS.find((one) => one === name.trim().replaceAll('-', '_'));
  if (field === undefined)
    throw new CodedError(
      'request.invalid',
      `--${end} ${text}: give field=value with one of ${RANGE_FIELDS.join(', ')}.`,
    );
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (!Number.isFinite(value))
    throw new CodedError('request.invalid', `--${end} ${text}: "${given}" is no number.`);
  return { field, value };
}
