import { seeded } from '#shared/lib/random.ts';
import type { Offer, PricedOffer } from './offers.ts';

/** An offer as the market's documentation shows one; what differs is given. For tests and benches. */
export const offerWith = (more: Partial<Offer> = {}): Offer => ({
  id: 1,
  machine_id: 31_337,
  host_id: 777,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  gpu_ram: 24_564,
  gpu_total_ram: 24_564,
  dph_total: 0.38,
  dph_base: 0.37,
  min_bid: 0.21,
  storage_cost: 0.15,
  inet_up_cost: 0.003,
  inet_down_cost: 0.003,
  inet_up: 800,
  inet_down: 900,
  cpu_cores_effective: 16,
  cpu_ram: 64_312,
  disk_space: 312,
  disk_bw: 2150,
  dlperf: 98,
  dlperf_per_dphtotal: 257,
  total_flops: 82.6,
  gpu_mem_bw: 1008,
  pcie_bw: 24,
  bw_nvlink: 0,
  cuda_max_good: 12.8,
  compute_cap: 890,
  reliability: 0.997,
  verification: 'verified',
  duration: 1_209_600,
  direct_port_count: 62,
  static_ip: true,
  geolocation: 'Finland, FI',
  driver_version: '570.86.15',
  rentable: true,
  rented: false,
  external: false,
  is_bid: false,
  odd: [],
  ...more,
});

export const pricedOffer = (more: Partial<PricedOffer> = {}): PricedOffer => ({
  ...offerWith(),
  usd_per_job: { p10: 0.05, p50: 0.08, p90: 0.2 },
  seconds_per_job: { p10: 300, p50: 500, p90: 1200 },
  parts: null,
  interruption: 0.0001,
  fit: { model: 'llama3.1:8b', headroom_mb: 16_564, required_disk_gb: 41, fits: true, because: null },
  models: ['llama3.1:8b'],
  violations: [],
  blocked: null,
  pareto: false,
  dominated_by: null,
  ...more,
});

/** Memory of one GPU in MB, its bandwidth in GB/s, DLPerf and USD per hour. */
const GPUS: readonly (readonly [name: string, ram: number, bw: number, dlperf: number, usd: number])[] = [
  ['RTX 3060', 12_288, 360, 22, 0.07],
  ['RTX 3090', 24_576, 936, 52, 0.18],
  ['RTX 4090', 24_564, 1008, 98, 0.36],
  ['RTX 5090', 32_607, 1792, 150, 0.55],
  ['L40S', 46_068, 864, 110, 0.75],
  ['A100 SXM4', 81_920, 2039, 140, 1.1],
  ['H100 SXM', 81_559, 3350, 300, 2.1],
  ['H200', 143_771, 4800, 330, 2.8],
];

/** A market of `n` offers that differ in everything a choice looks at; the same for the same seed. */
export function syntheticOffers(n: number, seed = 1): readonly Offer[] {
  const next = seeded(seed);
  const between = (low: number, high: number): number => low + (high - low) * next();
  return Array.from({ length: n }, (_, i) => {
    const [gpu_name, gpu_ram, gpu_mem_bw, dlperf, usd] = GPUS[Math.floor(next() * GPUS.length)] ?? [
      'RTX 4090',
      24_564,
      1008,
      98,
      0.36,
    ];
    const num_gpus = 2 ** Math.floor(next() * 4);
    const dph_base = usd * num_gpus * between(0.7, 1.9);
    const storage_cost = between(0.05, 0.4);
    const dph_total = dph_base + (storage_cost * 40) / 730;
    return offerWith({
      id: 10_000 + i,
      machine_id: 1000 + Math.floor(i / 2),
      host_id: 100 + Math.floor(i / 6),
      gpu_name,
      num_gpus,
      gpu_ram,
      gpu_total_ram: gpu_ram * num_gpus,
      dph_base,
      dph_total,
      storage_cost,
      gpu_mem_bw: gpu_mem_bw * between(0.95, 1.02),
      dlperf: dlperf * num_gpus * between(0.85, 1.05),
      dlperf_per_dphtotal: (dlperf * num_gpus) / dph_total,
      reliability: 1 - 0.15 * next() ** 3,
      inet_down: between(50, 5000),
      inet_down_cost: between(0, 0.03),
      disk_space: between(40, 2000),
      disk_bw: between(300, 7000),
      verification: next() < 0.8 ? 'verified' : 'unverified',
      geolocation: ['Finland, FI', 'Quebec, CA', 'Texas, US', 'Germany, DE'][Math.floor(next() * 4)] ?? null,
    });
  });
}
