import { z } from 'zod';
import type { Offer } from '#shared/model/offers.ts';

const number = z.number().nullable();
const flag = z.boolean().nullable();
const text = z.string().max(256).nullable();

/** An offer as a snapshot holds it: what another version or hand wrote is not taken for one. */
export const keptOffer = z.object({
  id: z.number(),
  machine_id: number,
  host_id: number,
  gpu_name: z.string().max(256),
  num_gpus: z.number(),
  gpu_ram: z.number(),
  gpu_total_ram: z.number(),
  dph_total: z.number(),
  dph_base: number,
  min_bid: number,
  storage_cost: number,
  inet_up_cost: number,
  inet_down_cost: number,
  inet_up: number,
  inet_down: number,
  cpu_cores_effective: number,
  cpu_ram: number,
  disk_space: number,
  disk_bw: number,
  dlperf: number,
  dlperf_per_dphtotal: number,
  total_flops: number,
  gpu_mem_bw: number,
  pcie_bw: number,
  bw_nvlink: number,
  cuda_max_good: number,
  compute_cap: number,
  reliability: number,
  verification: text,
  duration: number,
  direct_port_count: number,
  static_ip: flag,
  geolocation: text,
  driver_version: text,
  rentable: flag,
  rented: flag,
  external: flag,
  is_bid: z.boolean(),
  odd: z.array(z.string().max(256)).max(64),
}) satisfies z.ZodType<Offer>;
