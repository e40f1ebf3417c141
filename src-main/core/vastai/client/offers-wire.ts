import { z } from 'zod';
import type { Offer } from '#shared/model/offers.ts';
import type { OfferPage } from '../seams.ts';
import { asBoolean, asId, asNumber, asText, type WireRecord, wireRecord } from './wire.ts';

const MAX_OFFERS = 20_000;
/** The least that the market takes as a bid. */
const MIN_USD_HOUR = 0.001;
const MAX_USD_HOUR = 1000;
const MAX_GPUS = 1024;
const MIN_GPU_RAM_MB = 256;
/** All GPUs of an offer together. */
const MAX_GPU_RAM_MB = 10 * 1024 * 1024;

export const searchAnswer = z.object({
  offers: z.array(z.unknown()),
  truncated: z.unknown().optional(),
});

/** What can be believed, in the units of Offer; another name it may have. */
const BELIEVABLE = {
  dph_base: { max: MAX_USD_HOUR },
  min_bid: { max: MAX_USD_HOUR },
  storage_cost: { max: 100 },
  inet_up_cost: { max: 100 },
  inet_down_cost: { max: 100 },
  inet_up: { max: 1e6 },
  inet_down: { max: 1e6 },
  cpu_cores_effective: { max: 10_000 },
  cpu_ram: { max: 1e8 },
  disk_space: { max: 1e6 },
  disk_bw: { max: 1e6 },
  dlperf: { max: 1e6 },
  dlperf_per_dphtotal: { max: 1e7 },
  total_flops: { max: 1e7 },
  gpu_mem_bw: { max: 1e5 },
  pcie_bw: { max: 1e5 },
  bw_nvlink: { max: 1e5 },
  cuda_max_good: { max: 1000 },
  compute_cap: { max: 1e5 },
  reliability: { max: 1, other: 'reliability2' },
  // A hundred years.
  duration: { max: 3.2e9 },
  direct_port_count: { max: 65_536 },
} as const satisfies Partial<Record<keyof Offer, { readonly max: number; readonly other?: string }>>;
type NumberField = keyof typeof BELIEVABLE;
const NUMBER_FIELDS = Object.entries(BELIEVABLE) as readonly [
  NumberField,
  { readonly max: number; readonly other?: string },
][];

/** One offer, or why it is none. */
export function readOffer(given: unknown): Offer | { readonly unreadable: string } {
  const parsed = wireRecord.safeParse(given);
  if (!parsed.success) return { unreadable: 'not an offer' };
  const wire = parsed.data;
  const id = asId(wire.id ?? wire.ask_contract_id);
  if (id === null) return { unreadable: 'no id' };
  const gpu_name = asText(wire.gpu_name, 128);
  if (gpu_name === null) return { unreadable: 'no GPU name' };
  const num_gpus = asId(wire.num_gpus);
  if (num_gpus === null || num_gpus > MAX_GPUS) return { unreadable: 'no believable number of GPUs' };
  const odd: string[] = [];
  const memory = memoryOf(wire, num_gpus, odd);
  if (memory === null) return { unreadable: 'no believable GPU memory' };
  const dph_total = asNumber(wire.dph_total ?? wire.dph);
  if (dph_total === null || dph_total < MIN_USD_HOUR || dph_total >= MAX_USD_HOUR)
    return { unreadable: 'no believable price' };
  const known = <T>(field: string, value: unknown, read: (value: unknown) => T | null): T | null => {
    if (value === undefined || value === null) return null;
    const understood = read(value);
    if (understood === null) odd.push(field);
    return understood;
  };
  const numbers = Object.fromEntries(
    NUMBER_FIELDS.map(([field, { max, other }]) => [
      field,
      known(field, wire[field] ?? (other === undefined ? undefined : wire[other]), (value) => {
        const number = asNumber(value);
        return number !== null && number >= 0 && number <= max ? number : null;
      }),
    ]),
  ) as Readonly<Record<NumberField, number | null>>;
  return {
    id,
    machine_id: known('machine_id', wire.machine_id, asId),
    host_id: known('host_id', wire.host_id, asId),
    gpu_name,
    num_gpus,
    ...memory,
    dph_total,
    ...numbers,
    verification: verificationOf(wire),
    static_ip: known('static_ip', wire.static_ip, asBoolean),
    geolocation: asText(wire.geolocation),
    driver_version: asText(wire.driver_version, 64),
    rentable: known('rentable', wire.rentable, asBoolean),
    rented: known('rented', wire.rented, asBoolean),
    external: known('external', wire.external ?? wire.is_external, asBoolean),
    is_bid: asBoolean(wire.is_bid) ?? false,
    odd,
  };
}

/** Per GPU and together; one tells the other, and where they disagree the one per GPU is taken. */
function memoryOf(
  wire: WireRecord,
  numGpus: number,
  odd: string[],
): Pick<Offer, 'gpu_ram' | 'gpu_total_ram'> | null {
  const believed = (mb: number | null): number | null =>
    mb !== null && mb >= MIN_GPU_RAM_MB && mb <= MAX_GPU_RAM_MB ? mb : null;
  const told = wire.gpu_total_ram ?? wire.gpu_totalram;
  const together = believed(asNumber(told));
  const each = believed(asNumber(wire.gpu_ram)) ?? (together === null ? null : believed(together / numGpus));
  if (each === null || each * numGpus > MAX_GPU_RAM_MB) return null;
  if (together !== null && Math.abs(together - each * numGpus) <= 0.1 * together)
    return { gpu_ram: each, gpu_total_ram: together };
  if (told !== undefined && told !== null) odd.push('gpu_total_ram');
  return { gpu_ram: each, gpu_total_ram: each * numGpus };
}

function verificationOf({ verification, verified }: WireRecord): string | null {
  const told = asText(verification, 32);
  if (told !== null) return told.toLowerCase();
  const flag = asBoolean(verification) ?? asBoolean(verified);
  return flag === null ? null : flag ? 'verified' : 'unverified';
}

/** All that can be read, the first of each id; what cannot is counted. */
export function readOffers(answer: z.infer<typeof searchAnswer>, limit: number): OfferPage {
  const offers = new Map<number, Offer>();
  const unreadable = new Map<string, number>();
  const count = (reason: string) => unreadable.set(reason, (unreadable.get(reason) ?? 0) + 1);
  for (const given of answer.offers.slice(0, MAX_OFFERS)) {
    const offer = readOffer(given);
    if ('unreadable' in offer) count(offer.unreadable);
    else if (offers.has(offer.id)) count('the id of another');
    else offers.set(offer.id, offer);
  }
  const { length } = answer.offers;
  return {
    offers: [...offers.values()],
    unreadable: Array.from(unreadable, ([reason, n]) => ({ reason, n })),
    truncated: asBoolean(answer.truncated) === true || length >= limit || length > MAX_OFFERS,
  };
}
