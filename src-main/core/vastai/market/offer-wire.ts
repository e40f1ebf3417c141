import type { EpochSeconds } from '#shared/model/units.ts';
import { endOfTerm, type Standing } from './asks.ts';
import type { Ask, Oddity } from './machines.ts';
import { lowestBid, type PriceList, storagePerHour } from './market-prices.ts';

export type WireOffer = Readonly<Record<string, unknown>>;

export interface Listing {
  readonly prices: PriceList;
  readonly now: EpochSeconds;
  readonly bid: boolean;
  /** GB that dph_total is told with. */
  readonly storage: number;
}

/** An ask as the API tells it, its inconsistencies included; null: not offered in this way. */
export function toOffer(ask: Ask, standing: Standing, listing: Listing): WireOffer | null {
  const { machine, numGpus } = ask;
  const { gpu } = machine;
  const base = listing.prices.base(ask, listing.now);
  const bid = lowestBid(ask, base);
  if (listing.bid && bid === null) return null;
  const dph_base = listing.bid && bid !== null ? bid : base;
  const storage = storagePerHour(ask, listing.storage);
  const dph_total = dph_base + storage;
  const frac = numGpus / machine.numGpus;
  const dlperf = Number((machine.dlperf * numGpus ** 0.97).toFixed(4));
  const end = endOfTerm(machine, listing.now);
  const offer = {
    id: ask.id,
    ask_contract_id: ask.id,
    bundle_id: machine.machineId * 16 + numGpus,
    machine_id: machine.machineId,
    host_id: machine.hostId,
    gpu_name: gpu.name,
    gpu_arch: 'nvidia',
    num_gpus: numGpus,
    gpu_frac: frac,
    gpu_ram: gpu.ram,
    gpu_total_ram: gpu.ram * numGpus,
    gpu_mem_bw: machine.memoryBandwidth,
    gpu_max_power: gpu.watts,
    gpu_max_temp: gpu.server ? 85 : 92,
    gpu_lanes: 16,
    bw_nvlink: numGpus > 1 ? gpu.nvlink : 0,
    pcie_bw: machine.pcie,
    pci_gen: gpu.cap >= 890 ? 5 : 4,
    total_flops: Number((machine.tflops * numGpus).toFixed(3)),
    compute_cap: gpu.cap,
    cuda_max_good: machine.cuda,
    driver_version: machine.driver,
    os_version: '22.04',
    cpu_name: machine.cpuName,
    cpu_cores: machine.cores,
    cpu_cores_effective: machine.cores * frac,
    cpu_ram: machine.cpuRam,
    disk_space: Number((machine.disk * frac).toFixed(2)),
    disk_bw: machine.diskBandwidth,
    disk_name: 'nvme',
    inet_up: machine.inetUp,
    inet_down: machine.inetDown,
    inet_up_cost: machine.inetUpCost,
    inet_down_cost: machine.inetDownCost,
    storage_cost: machine.storageCost,
    storage_total_cost: storage,
    dph_base,
    dph_total,
    discounted_dph_total: dph_total,
    discount_rate: null,
    min_bid: bid,
    dlperf,
    dlperf_per_dphtotal: dlperf / dph_total,
    flops_per_dphtotal: (machine.tflops * numGpus) / dph_total,
    score: Number(((dlperf * machine.reliability ** 8) / dph_total ** 0.9).toFixed(4)),
    reliability: machine.reliability,
    reliability2: machine.reliability,
    expected_reliability: Math.max(0, machine.reliability - 0.002),
    verification: machine.verification,
    external: machine.external,
    hosting_type: gpu.server ? 1 : 0,
    geolocation: machine.geolocation,
    static_ip: machine.staticIp,
    direct_port_count: machine.ports,
    vms_enabled: gpu.server,
    start_date: end - machine.term,
    end_date: end,
    duration: end - listing.now,
    rentable: standing === 'free' || (standing === 'rented' && listing.bid),
    rented: standing === 'rented',
    is_bid: listing.bid,
    search: {
      gpuCostPerHour: dph_base,
      diskHour: storage,
      totalHour: dph_total,
      discountTotalHour: 0,
      discountedTotalPerHour: dph_total,
    },
    avail_vol_ask_id: ask.id + 40_000_000,
    avail_vol_dph: storagePerHour(ask, 10),
    avail_vol_size: Math.floor(machine.disk / 4),
  };
  return ask.oddity === null ? offer : { ...offer, ...ODD[ask.oddity](offer) };
}

/** What stands in its place; undefined leaves the field out. */
const ODD: Readonly<Record<Oddity, (offer: { readonly dph_total: number }) => WireOffer>> = {
  'price-zero': () => ({ dph_total: 0, dph_base: 0 }),
  'price-text': ({ dph_total }) => ({ dph_total: dph_total.toFixed(4) }),
  'price-missing': () => ({ dph_total: undefined, dph_base: null }),
  'disk-endless': () => ({ disk_space: 1_000_000_000 }),
  'ram-missing': () => ({ gpu_ram: undefined, gpu_total_ram: undefined }),
  'reliability-above-one': () => ({ reliability: 99.7, reliability2: 99.7 }),
  'bandwidth-negative': () => ({ inet_down: -1, inet_up: -1 }),
  'scores-null': () => ({ dlperf: null, dlperf_per_dphtotal: null, score: null }),
  'name-missing': () => ({ gpu_name: null }),
  'gpus-zero': () => ({ num_gpus: 0 }),
  'place-null': () => ({ geolocation: null, driver_version: undefined }),
  'duration-endless': () => ({ duration: 1e15, end_date: null }),
};
