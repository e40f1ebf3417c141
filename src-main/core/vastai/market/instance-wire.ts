import type { EpochSeconds } from '#shared/model/units.ts';
import { chance } from './chance.ts';
import type { Condition } from './condition.ts';
import type { Contract } from './contract.ts';
import type { Ask } from './machines.ts';

export type WireInstance = Readonly<Record<string, unknown>>;

export interface Shown {
  readonly contract: Contract;
  readonly ask: Ask;
  readonly condition: Condition;
  /** Host ports by container port. */
  readonly ports: ReadonlyMap<number, number> | null;
  readonly now: EpochSeconds;
  readonly seed: number;
}

/** A contract as the API tells it: total memory is spelled otherwise than an offer's, addresses have spaces. */
export function toInstance({ contract, ask, condition, ports, now, seed }: Shown): WireInstance {
  const { machine, numGpus } = ask;
  const { gpu } = machine;
  const odd = (key: string): boolean => chance(seed, `${key} ${machine.machineId}`) < 0.2;
  const up = condition.actual === 'running';
  return {
    id: contract.id,
    label: contract.label,
    machine_id: machine.machineId,
    host_id: machine.hostId,
    bundle_id: machine.machineId * 16 + numGpus,
    actual_status: condition.actual,
    intended_status: condition.intended,
    cur_state: up ? 'running' : condition.intended === 'stopped' ? 'stopped' : 'unloaded',
    next_state: condition.intended,
    status_msg: condition.message === '' ? null : condition.message,
    public_ipaddr: up ? (odd('spaces') ? ' 127.0.0.1 ' : '127.0.0.1') : null,
    ssh_host: `ssh${(contract.id % 9) + 1}.vast.invalid`,
    ssh_port: 10_000 + (contract.id % 50_000),
    ...(ports === null
      ? {}
      : {
          ports: Object.fromEntries(
            Array.from(ports, ([inside, outside]) => [
              `${inside}/tcp`,
              ['0.0.0.0', '::'].map((HostIp) => ({ HostIp, HostPort: String(outside) })),
            ]),
          ),
        }),
    direct_port_count: machine.ports,
    direct_port_start: -1,
    direct_port_end: -1,
    gpu_name: gpu.name,
    num_gpus: numGpus,
    gpu_frac: numGpus / machine.numGpus,
    gpu_ram: gpu.ram,
    gpu_totalram: gpu.ram * numGpus,
    gpu_mem_bw: machine.memoryBandwidth,
    gpu_util: up ? 0 : null,
    gpu_temp: up ? 38 : null,
    cpu_name: machine.cpuName,
    cpu_cores_effective: (machine.cores * numGpus) / machine.numGpus,
    cpu_ram: machine.cpuRam,
    disk_space: contract.disk_gb,
    disk_bw: machine.diskBandwidth,
    disk_usage: up ? 2 : null,
    dph_base: contract.dph_total - contract.storage_dph,
    dph_total: contract.dph_total,
    storage_cost: machine.storageCost,
    storage_total_cost: contract.storage_dph,
    inet_up: machine.inetUp,
    inet_down: machine.inetDown,
    inet_up_cost: machine.inetUpCost,
    inet_down_cost: machine.inetDownCost,
    reliability2: machine.reliability,
    verification: machine.verification,
    geolocation: machine.geolocation,
    cuda_max_good: machine.cuda,
    driver_version: machine.driver,
    start_date: contract.created_at,
    end_date: contract.term_ends_at,
    duration: contract.term_ends_at - now,
    uptime_mins: up ? (now - contract.created_at - contract.boot_s) / 60 : null,
    template_hash_id: contract.template_hash,
    image_uuid: contract.image,
    image_runtype: contract.runtype,
    extra_env: odd('pairs') ? Object.entries(contract.env) : contract.env,
    onstart: contract.onstart,
    is_bid: contract.is_bid,
    min_bid: contract.is_bid ? contract.dph_total - contract.storage_dph : null,
  };
}
