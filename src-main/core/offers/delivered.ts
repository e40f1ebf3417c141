import type { Db } from '#core/store/database.ts';
import { median } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Seconds } from '#shared/model/units.ts';

/** What earlier rentals of a market delivered: it takes the place of the rules of ADR 0008. */
export interface Delivered {
  /** Of this machine, else of all; null: too little is known. */
  boot(machineId: number | null): Known<Seconds> | null;
  /** Delivered / promised bandwidth. */
  download(machineId: number | null): Known<number> | null;
  tokensPerSecond(gpuName: string, numGpus: number, model: string): Known<number> | null;
  /** Rentals of a machine, and how many never answered or were lost. */
  failures(machineId: number | null): { readonly rentals: number; readonly failed: number };
}

export interface Known<T> {
  readonly value: T;
  readonly n: number;
  readonly of: 'machine' | 'all';
}

interface Row {
  readonly machine_id: number | null;
  readonly gpu_name: string;
  readonly num_gpus: number;
  readonly model: string | null;
  readonly boot_s: number | null;
  readonly promised_mbps: number | null;
  readonly download_mbps: number | null;
  readonly tokens_per_s: number | null;
  readonly failed: number;
}

/** The latest; older ones tell of machines as they were. */
const LOOKED_AT = 5000;
/** Measurements of other machines say little until there are a few. */
const OF_ALL_NEEDS = 3;

/** It never answered, or it was lost; a job that was cancelled says nothing of its machine. */
const FAILED =
  "'provider.boot_timeout', 'provider.create_failed', 'provider.instance_failed', 'provider.no_port'";

const SELECT = `
SELECT machine_id, gpu_name, num_gpus, model, boot_s, promised_mbps, download_mbps, tokens_per_s,
  coalesce(json_extract(failure_json, '$.code') IN (${FAILED}), 0) AS failed
FROM rs_rental WHERE market = ? AND contract_id IS NOT NULL ORDER BY seq DESC LIMIT ${LOOKED_AT}`;

export function readDelivered(db: Db, market: Market): Delivered {
  const boots = new Measured();
  const downloads = new Measured();
  const speeds = new Map<string, number[]>();
  const failures = new Map<number, { rentals: number; failed: number }>();
  for (const row of db.prepare(SELECT).all(market) as Row[]) {
    boots.add(row.machine_id, row.boot_s);
    const { promised_mbps: promised, download_mbps: delivered } = row;
    if (promised !== null && delivered !== null) downloads.add(row.machine_id, delivered / promised);
    if (row.model !== null && row.tokens_per_s !== null && row.tokens_per_s > 0)
      push(speeds, speedKey(row.gpu_name, row.num_gpus, row.model), row.tokens_per_s);
    if (row.machine_id === null) continue;
    const counted = failures.get(row.machine_id) ?? { rentals: 0, failed: 0 };
    counted.rentals += 1;
    counted.failed += row.failed;
    failures.set(row.machine_id, counted);
  }
  return {
    boot: (machineId) => boots.of(machineId),
    download: (machineId) => downloads.of(machineId),
    tokensPerSecond(gpuName, numGpus, model) {
      const values = speeds.get(speedKey(gpuName, numGpus, model));
      return values === undefined ? null : { value: middle(values), n: values.length, of: 'all' };
    },
    failures: (machineId) => (machineId === null ? undefined : failures.get(machineId)) ?? NONE,
  };
}

const NONE = { rentals: 0, failed: 0 };

const speedKey = (gpuName: string, numGpus: number, model: string): string =>
  `${numGpus} x ${gpuName} ${model}`;

/** Positive measurements by machine, and of all machines. */
class Measured {
  private readonly all: number[] = [];
  private readonly byMachine = new Map<number, number[]>();
  private middleOfAll: number | null = null;

  add(machineId: number | null, value: number | null): void {
    if (value === null || !(value > 0) || !Number.isFinite(value)) return;
    this.all.push(value);
    if (machineId !== null) push(this.byMachine, machineId, value);
  }

  of(machineId: number | null): Known<number> | null {
    const own = machineId === null ? undefined : this.byMachine.get(machineId);
    if (own !== undefined) return { value: middle(own), n: own.length, of: 'machine' };
    if (this.all.length < OF_ALL_NEEDS) return null;
    this.middleOfAll ??= middle(this.all);
    return { value: this.middleOfAll, n: this.all.length, of: 'all' };
  }
}

function push<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

const middle = (values: readonly number[]): number => {
  const sample = sampleOf(values).value;
  return (sample === null ? null : median(sample).value) ?? Number.NaN;
};
