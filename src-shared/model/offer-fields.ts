import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatSignificant,
  formatUsd,
  UNKNOWN,
} from '#shared/lib/format.ts';
import type { Offer, PricedOffer } from './offers.ts';

/** Figures of an offer that the market does not give: what it means for the job that was asked about. */
export type JudgedKey = 'usd_per_job' | 'seconds_per_job' | 'interruption' | 'tokens_per_s' | 'headroom_mb';
export type OfferFieldKey = Exclude<keyof Offer, 'odd'> | JudgedKey;

/** How values read. `count` holds whole numbers, `figure` three significant digits. */
export type FieldKind =
  | 'id'
  | 'text'
  | 'flag'
  | 'usd'
  | 'seconds'
  | 'share'
  | 'probability'
  | 'megabytes'
  | 'gigabytes'
  | 'compute'
  | 'count'
  | 'figure';

export interface OfferField {
  readonly key: OfferFieldKey;
  readonly title: string;
  /** Behind the value; '' where the value says it by itself. */
  readonly unit: string;
  readonly kind: FieldKind;
  /** Which direction is better; null: neither is. */
  readonly better: 'less' | 'more' | null;
  /** One sentence. */
  readonly about: string;
}

type Row = readonly [
  title: string,
  unit: string,
  kind: FieldKind,
  better: 'less' | 'more' | null,
  about: string,
];

const ROWS: Readonly<Record<OfferFieldKey, Row>> = {
  usd_per_job: [
    '$ per job',
    '',
    'usd',
    'less',
    'What one finished job costs, attempts that are lost included: the median.',
  ],
  seconds_per_job: [
    'Time to done',
    '',
    'seconds',
    'less',
    'From renting to the finished job, attempts that are lost included: the median.',
  ],
  dph_total: ['Price', '/ h', 'usd', 'less', 'Per hour, with the storage that was asked for.'],
  gpu_name: ['GPU', '', 'text', null, "The GPU's name on the market."],
  num_gpus: ['GPUs', '', 'count', 'more', 'How many of them.'],
  gpu_total_ram: ['GPU memory', '', 'megabytes', 'more', 'Of all GPUs together.'],
  headroom_mb: [
    'VRAM headroom',
    '',
    'megabytes',
    'more',
    'GPU memory beyond what the model needs; below zero it does not fit.',
  ],
  reliability: ['Reliability', '', 'probability', 'more', 'How likely the machine is up for a day.'],
  interruption: ['Interruption', '', 'share', 'less', 'How likely the machine is lost while the job runs.'],
  tokens_per_s: ['Tokens', 'tok/s', 'figure', 'more', 'How fast the model probably writes there.'],
  verification: ['Verified', '', 'text', null, 'Whether the market has checked the machine.'],
  dlperf: ['DLPerf', '', 'figure', 'more', "The market's score of deep learning speed."],
  dlperf_per_dphtotal: ['DLPerf / $', '/ $/h', 'figure', 'more', 'DLPerf by price per hour.'],
  total_flops: ['Compute', 'TFLOPS', 'figure', 'more', 'Of all GPUs together, single precision.'],
  gpu_ram: ['Memory per GPU', '', 'megabytes', 'more', 'Of one GPU.'],
  gpu_mem_bw: [
    'Memory bandwidth',
    'GB/s',
    'figure',
    'more',
    'Of one GPU: it bounds how fast a model writes.',
  ],
  pcie_bw: ['PCIe', 'GB/s', 'figure', 'more', 'Between processor and GPU.'],
  bw_nvlink: ['NVLink', 'GB/s', 'figure', 'more', 'Between GPUs.'],
  inet_down: ['Download', 'Mbit/s', 'figure', 'more', 'As the host promises it.'],
  inet_up: ['Upload', 'Mbit/s', 'figure', 'more', 'As the host promises it.'],
  inet_down_cost: ['Download price', '/ GB', 'usd', 'less', 'Of what is downloaded to the machine.'],
  inet_up_cost: ['Upload price', '/ GB', 'usd', 'less', 'Of what the machine sends.'],
  dph_base: ['Price without storage', '/ h', 'usd', 'less', 'Per hour, of the machine alone.'],
  min_bid: ['Lowest bid', '/ h', 'usd', 'less', 'What an interruptible rental starts at.'],
  storage_cost: ['Storage price', '/ GB month', 'usd', 'less', 'Of the disk that is rented with it.'],
  cpu_cores_effective: [
    'CPU cores',
    '',
    'figure',
    'more',
    'The share of the machine that comes with the GPUs.',
  ],
  cpu_ram: ['RAM', '', 'megabytes', 'more', 'Main memory.'],
  disk_space: ['Disk', '', 'gigabytes', 'more', 'The most that can be rented.'],
  disk_bw: ['Disk speed', 'MB/s', 'figure', 'more', 'A model is read from it into the GPUs.'],
  cuda_max_good: ['CUDA', '', 'figure', 'more', 'The newest version that its driver runs.'],
  compute_cap: ['Compute capability', '', 'compute', 'more', "The GPU's generation."],
  duration: ['Available for', '', 'seconds', 'more', 'Until the host takes the machine back.'],
  direct_port_count: [
    'Ports',
    '',
    'count',
    'more',
    'Open to the internet; without any, nothing reaches the model.',
  ],
  static_ip: ['Static address', '', 'flag', null, 'Whether its address stays the same.'],
  geolocation: ['Place', '', 'text', null, 'As the host tells it.'],
  driver_version: ['Driver', '', 'text', null, "Version of the GPU's driver."],
  rentable: ['Rentable', '', 'flag', null, 'Whether the market rents it out now.'],
  rented: ['Rented', '', 'flag', null, 'Whether somebody has it now.'],
  external: ['External', '', 'flag', null, 'Whether it is listed for another market.'],
  is_bid: ['Interruptible', '', 'flag', null, 'Goes to whoever bids more, at any time.'],
  id: ['Offer', '', 'id', null, 'Its number on the market.'],
  machine_id: ['Machine', '', 'id', null, 'Its number on the market.'],
  host_id: ['Host', '', 'id', null, "The owner's number on the market."],
};

/** Every field of an offer, in the order in which a table shows them. */
export const OFFER_FIELDS: readonly OfferField[] = (Object.keys(ROWS) as OfferFieldKey[]).map((key) => {
  const [title, unit, kind, better, about] = ROWS[key];
  return { key, title, unit, kind, better, about };
});

const BY_KEY: ReadonlyMap<string, OfferField> = new Map(OFFER_FIELDS.map((field) => [field.key, field]));

export const isOfferField = (key: string): key is OfferFieldKey => BY_KEY.has(key);

export function offerField(key: OfferFieldKey): OfferField {
  const field = BY_KEY.get(key);
  if (field === undefined) throw new RangeError(`Offers have no field ${key}`);
  return field;
}

/** Fields that an axis or a slider can show. */
export const isNumeric = ({ kind }: OfferField): boolean =>
  kind !== 'text' && kind !== 'flag' && kind !== 'id';

/** The value as it is; of a distribution its median. */
export function fieldValue(offer: PricedOffer, key: OfferFieldKey): number | string | boolean | null {
  switch (key) {
    case 'usd_per_job':
      return offer.usd_per_job?.p50 ?? null;
    case 'seconds_per_job':
      return offer.seconds_per_job?.p50 ?? null;
    case 'tokens_per_s':
      return offer.parts?.tokens_per_s ?? null;
    case 'headroom_mb':
      return offer.fit?.headroom_mb ?? null;
    default:
      return offer[key];
  }
}

/** The value as a number; null where it is unknown or none. */
export function numberOf(offer: PricedOffer, key: OfferFieldKey): number | null {
  const value = fieldValue(offer, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A value as people read it, without its field's unit: `$0.38`, `24.6 GB`, `0.997`. */
export function figureText(kind: FieldKind, value: number | string | boolean | null): string {
  if (value === null || value === '') return UNKNOWN;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  switch (kind) {
    case 'usd':
      return formatUsd(value);
    case 'seconds':
      return formatDuration(value * 1000);
    case 'share':
      return formatPercent(value);
    case 'probability':
      return probabilityText(value);
    case 'megabytes':
      return value < 0 ? `−${formatBytes(-value * 1e6)}` : formatBytes(value * 1e6);
    case 'gigabytes':
      return formatBytes(value * 1e9);
    case 'compute':
      return (value / 100).toFixed(1);
    case 'count':
      return formatCount(value);
    case 'figure':
      return value >= 1000 ? formatCount(Math.round(value)) : trimmed(formatSignificant(value));
    case 'id':
    case 'text':
    case 'flag':
      return String(value);
  }
}

/** Three decimals, or as many more as keep what is not sure from looking it: `0.997`, `0.9996`. */
export function probabilityText(value: number, decimals = 3): string {
  const text = value.toFixed(decimals);
  return value < 1 && Number(text) === 1 && decimals < 6 ? probabilityText(value, decimals + 1) : text;
}

const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** The same with its unit: `$0.38 / h`, `905 Mbit/s`. */
export function fieldText(offer: PricedOffer, key: OfferFieldKey): string {
  const { kind, unit } = offerField(key);
  const text = figureText(kind, fieldValue(offer, key));
  return unit === '' || text === UNKNOWN ? text : `${text} ${unit}`;
}
