import type { EpochSeconds, Seconds, Usd } from './units.ts';

/** Where offers are from: Vast.ai, or the market inside the app that sells nothing. */
export const MARKETS = ['vastai', 'demo'] as const;
export type Market = (typeof MARKETS)[number];

/**
 * One ask of the market, in the API's own names (reference: Vast.ai §2). Null: missing, or absurd; then its name stands
 * in `odd`. RAM in MB, disk in GB, disk_bw in MB/s, inet_up and inet_down in Mbit/s, bandwidths of memory and bus in GB/s.
 */
export interface Offer {
  readonly id: number;
  readonly machine_id: number | null;
  readonly host_id: number | null;
  readonly gpu_name: string;
  readonly num_gpus: number;
  /** Per GPU. */
  readonly gpu_ram: number;
  readonly gpu_total_ram: number;
  /** USD per hour with the storage that was asked for. */
  readonly dph_total: Usd;
  readonly dph_base: Usd | null;
  readonly min_bid: Usd | null;
  /** USD per GB and month. */
  readonly storage_cost: Usd | null;
  /** USD per GB. */
  readonly inet_up_cost: Usd | null;
  readonly inet_down_cost: Usd | null;
  readonly inet_up: number | null;
  readonly inet_down: number | null;
  readonly cpu_cores_effective: number | null;
  readonly cpu_ram: number | null;
  readonly disk_space: number | null;
  readonly disk_bw: number | null;
  readonly dlperf: number | null;
  readonly dlperf_per_dphtotal: number | null;
  /** TFLOPS. */
  readonly total_flops: number | null;
  /** Per GPU. */
  readonly gpu_mem_bw: number | null;
  readonly pcie_bw: number | null;
  readonly bw_nvlink: number | null;
  readonly cuda_max_good: number | null;
  readonly compute_cap: number | null;
  /** 0 to 1. */
  readonly reliability: number | null;
  readonly verification: string | null;
  /** Until the host takes the machine back. */
  readonly duration: Seconds | null;
  readonly direct_port_count: number | null;
  readonly static_ip: boolean | null;
  readonly geolocation: string | null;
  readonly driver_version: string | null;
  readonly rentable: boolean | null;
  readonly rented: boolean | null;
  readonly external: boolean | null;
  readonly is_bid: boolean;
  /** Fields whose values could not be believed. */
  readonly odd: readonly string[];
}

/** What the market's own clients leave out unless told otherwise; true hides the others. */
export interface MarketDefaults {
  readonly verified: boolean;
  readonly not_external: boolean;
  readonly rentable: boolean;
  readonly not_rented: boolean;
}

export const RANGE_FIELDS = [
  'dph_total',
  'num_gpus',
  'gpu_ram',
  'gpu_total_ram',
  'reliability',
  'dlperf',
  'dlperf_per_dphtotal',
  'total_flops',
  'gpu_mem_bw',
  'pcie_bw',
  'cpu_cores_effective',
  'cpu_ram',
  'disk_space',
  'disk_bw',
  'inet_up',
  'inet_down',
  'inet_up_cost',
  'inet_down_cost',
  'cuda_max_good',
  'compute_cap',
  'direct_port_count',
  'duration',
] as const;
export type RangeField = (typeof RANGE_FIELDS)[number];

export interface OfferFilter {
  readonly gpu_name?: readonly string[] | undefined;
  /** Two-letter codes, as they end `geolocation`. */
  readonly country?: readonly string[] | undefined;
  readonly ranges?:
    | {
        readonly [F in RangeField]?: { readonly min?: number | undefined; readonly max?: number | undefined };
      }
    | undefined;
  readonly type: 'ondemand' | 'bid';
  readonly defaults: MarketDefaults;
}

/** Why an offer is not what was asked for, although the market sent it. */
export interface Violation {
  readonly field: string;
  readonly message: string;
}

export interface Spread {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** Medians of what a job on an offer is made of; they need not add up to the whole's median. */
export interface JobParts {
  readonly boot_s: Seconds;
  readonly download_s: Seconds;
  readonly load_s: Seconds;
  readonly run_s: Seconds;
  readonly hours_usd: Usd;
  readonly bandwidth_usd: Usd;
  readonly download_gb: number;
  readonly tokens_per_s: number | null;
  /** Where the run time is from, and where boot and download are from, in words. */
  readonly basis: string;
}

/** Whether a model can run on an offer. */
export interface Fit {
  readonly model: string;
  /** GPU memory beyond what the model needs, in MB; negative: it does not fit. */
  readonly headroom_mb: number;
  readonly required_disk_gb: number;
  readonly fits: boolean;
  /** Why it does not. */
  readonly because: string | null;
}

export interface DominatedBy {
  readonly id: number;
  /** "$0.12 less per job, 40 s sooner, as reliable". */
  readonly because: string;
}

/** An offer with what it means for the job that was asked about. */
export interface PricedOffer extends Offer {
  /** Of the job asked about; null where the model does not fit, or its size is unknown. */
  readonly usd_per_job: Spread | null;
  readonly seconds_per_job: Spread | null;
  readonly parts: JobParts | null;
  /** That the machine is lost while the job runs. */
  readonly interruption: number | null;
  /** Of the model asked about, else of the largest that fits; null where none does. */
  readonly fit: Fit | null;
  /** Models of the table that fit, the largest first. */
  readonly models: readonly string[];
  readonly violations: readonly Violation[];
  readonly blocked: 'host' | 'machine' | null;
  /** Nothing else that was asked for is as cheap per job, as soon and as reliable, and better in one. */
  readonly pareto: boolean;
  readonly dominated_by: DominatedBy | null;
}

export interface OffersAnswer {
  readonly market: Market;
  readonly searched_at: EpochSeconds;
  readonly offers: readonly PricedOffer[];
  /** Offers that only the market's defaults hide. */
  readonly hidden_by_defaults: number;
  /** The market said, or its answer's size tells, that there are more. */
  readonly truncated: boolean;
  /** Offers of which not even the price could be read, by reason. */
  readonly unreadable: readonly { readonly reason: string; readonly n: number }[];
  /** What the job is: the model asked about ('' for the largest that fits each), and tokens it is expected to take. */
  readonly job: {
    readonly model: string;
    readonly tokens_in: number;
    readonly tokens_out: number;
    readonly basis: string;
  };
}

/** A model of the selector table, RUNE's or the user's own. */
export interface FitModel {
  readonly model: string;
  readonly vram_mb: number;
  readonly required_disk_gb: number;
  readonly own: boolean;
}

/** Prices of one GPU type in one search: per GPU and hour. */
export interface GpuPrice {
  readonly at: EpochSeconds;
  readonly gpu_name: string;
  readonly n: number;
  readonly low: Usd;
  readonly p25: Usd;
  readonly median: Usd;
  readonly p75: Usd;
}
