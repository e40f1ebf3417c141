import type { Command } from 'commander';
import { modernise } from '#shared/contract/requests.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import { amount, list, share, whole } from './flags.ts';

/** What `run` takes for a job that rents its machine. */
export interface RentalFlags {
  readonly vastai?: true;
  readonly minDph?: number;
  readonly maxDph?: number;
  readonly reliability?: number;
  readonly templateHash?: string;
  readonly offerId?: number;
  readonly gpuName?: string[];
  readonly diskGb?: number;
  readonly keepInstance?: true;
}

export const addRentalFlags = (command: Command): Command =>
  command
    .option('--vastai', 'rent a GPU for the job: on Vast.ai, or with --backend-type demo on the demo market')
    .option('--min-dph <usd>', 'rented: least price per hour', amount('USD per hour'))
    .option('--max-dph <usd>', 'rented: most', amount('USD per hour'))
    .option('--reliability <share>', 'rented: least, from 0 to 1', share)
    .option('--template-hash <hash>', 'rented: what runs on it, instead of an Ollama server')
    .option('--offer-id <id>', 'rented: this offer and no other', whole(1))
    .option('--gpu-name <name>', 'rented: only these, as the market writes them', list)
    .option('--disk-gb <n>', 'rented: this much, instead of what the model needs', whole(8))
    .option('--keep-instance', 'rented: leave it to the next job, for as long as Settings says');

/** The request with what the flags say of renting where that kind of job has it. */
export function withRental(
  kind: JobKind,
  request: Readonly<Record<string, unknown>>,
  flags: RentalFlags,
): Record<string, unknown> {
  const { vastai, keepInstance } = flags;
  const given = withoutUndefined({
    template_hash: flags.templateHash,
    min_dph: flags.minDph,
    max_dph: flags.maxDph,
    reliability: flags.reliability,
    offer_id: flags.offerId,
    gpu_name: flags.gpuName,
    disk_gb: flags.diskGb,
    ...(keepInstance === true && { stop_instance: false }),
  });
  const isGiven = Object.keys(given).length > 0;
  if (vastai === undefined && !isGiven) return { ...request };
  // An estimate has RUNE's flat fields.
  if (kind === 'cost-estimate') return { ...request, ...given, ...(vastai === true && { vastai }) };
  const modern = modernise(kind, request);
  const before = rentalIn(modern);
  if (vastai === undefined && before === null)
    throw new CodedError(
      'request.invalid',
      `${Object.keys(given).join(', ')}: the job rents nothing. Give --vastai, or provisioning in the request.`,
    );
  return { ...modern, provisioning: { vastai: { ...before, ...given } } };
}

function rentalIn({ provisioning }: Readonly<Record<string, unknown>>): object | null {
  const vastai =
    typeof provisioning === 'object' && provisioning !== null && 'vastai' in provisioning
      ? provisioning.vastai
      : null;
  return typeof vastai === 'object' ? vastai : null;
}

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
