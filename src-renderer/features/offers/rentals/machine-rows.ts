import type { MachineRecord } from '#shared/model/rentals.ts';

/** What one machine, or all machines of one host, promised and delivered. */
export interface MachineRow extends Omit<MachineRecord, 'machine_id'> {
  readonly key: string;
  /** Null: of a host's machines together. */
  readonly machine_id: number | null;
  readonly machines: number;
}

export const machineRows = (machines: readonly MachineRecord[]): readonly MachineRow[] =>
  machines.map((one) => ({ ...one, key: `${one.market} ${one.machine_id}`, machines: 1 }));

/** One row per host; machines that name none are left out. Figures are medians of its machines'. */
export function hostRows(machines: readonly MachineRecord[]): readonly MachineRow[] {
  const hosts = new Map<string, MachineRecord[]>();
  for (const one of machines) {
    if (one.host_id === null) continue;
    const key = `${one.market} ${one.host_id}`;
    hosts.set(key, [...(hosts.get(key) ?? []), one]);
  }
  return [...hosts].flatMap(([key, all]) => {
    const [latest] = all.toSorted((a, b) => b.last_at - a.last_at);
    if (latest === undefined) return [];
    // Only machines that tell both: a ratio of different ones would be none.
    const measured = all.filter((one) => one.download_mbps !== null && one.promised_mbps !== null);
    const alike = new Set(all.map(({ model }) => model)).size === 1;
    return [
      {
        ...latest,
        key,
        machine_id: null,
        machines: all.length,
        gpu_name: [...new Set(all.map(({ gpu_name }) => gpu_name))].join(', '),
        rentals: sum(all, 'rentals'),
        failed: sum(all, 'failed'),
        usd: sum(all, 'usd'),
        boot_s: median(all.map(({ boot_s }) => boot_s)),
        download_mbps: median(measured.map(({ download_mbps }) => download_mbps)),
        promised_mbps: median(measured.map(({ promised_mbps }) => promised_mbps)),
        tokens_per_s: alike ? median(all.map(({ tokens_per_s }) => tokens_per_s)) : null,
        model: alike ? latest.model : null,
      },
    ];
  });
}

const sum = (all: readonly MachineRecord[], field: 'rentals' | 'failed' | 'usd'): number =>
  all.reduce((total, one) => total + one[field], 0);

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const upper = known[Math.floor(known.length / 2)];
  const lower = known[Math.floor((known.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

export const MACHINE_COLUMNS = [
  'machine',
  'host',
  'gpu',
  'rentals',
  'failed',
  'boot',
  'download',
  'tokens',
  'usd',
  'last',
] as const;
export type MachineColumn = (typeof MACHINE_COLUMNS)[number];

export interface MachineSort {
  readonly by: MachineColumn;
  readonly desc: boolean;
}

const keyOf: Readonly<Record<MachineColumn, (row: MachineRow) => string | number | null>> = {
  machine: ({ machine_id }) => machine_id,
  host: ({ host_id }) => host_id,
  gpu: ({ gpu_name }) => gpu_name,
  rentals: ({ rentals }) => rentals,
  failed: ({ failed, rentals }) => failed / Math.max(1, rentals),
  boot: ({ boot_s }) => boot_s,
  download: ({ download_mbps, promised_mbps }) =>
    download_mbps === null || promised_mbps === null || promised_mbps <= 0
      ? null
      : download_mbps / promised_mbps,
  tokens: ({ tokens_per_s }) => tokens_per_s,
  usd: ({ usd }) => usd,
  last: ({ last_at }) => last_at,
};

/** Unknown comes last, whichever way. */
export function sortMachines(rows: readonly MachineRow[], sort: MachineSort): readonly MachineRow[] {
  const of = keyOf[sort.by];
  return rows.toSorted((first, second) => {
    const [a, b] = [of(first), of(second)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const order =
      typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en');
    return sort.desc ? -order : order;
  });
}
