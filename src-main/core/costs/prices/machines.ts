import { PRICE_BOOK } from './book.ts';
import { gpuIn } from './gpu-names.ts';
import type { MachineRow } from './rows.ts';

export type CloudProvider = 'aws' | 'gcp' | 'azure';

export type MachineMatch =
  /** This machine, by its instance type. */
  | { readonly by: 'name'; readonly row: MachineRow }
  /** This GPU; `row` sells it. */
  | { readonly by: 'gpu'; readonly row: MachineRow; readonly gpu: string; readonly count: number }
  /** An instance type of the provider that no row has. */
  | { readonly by: 'unlisted'; readonly name: string }
  /** Nothing is named: RUNE's machine. */
  | { readonly by: 'default'; readonly row: MachineRow };

/** What an instance type looks like where no row has it. */
const INSTANCE_TYPE: Readonly<Record<CloudProvider, RegExp>> = {
  aws: /(?<![a-z0-9.])[a-z]+\d+[a-z]*(?:-[a-z0-9]+)?\.(?:nano|micro|small|medium|metal(?:-\d+xl)?|\d*x?large)(?![a-z0-9])/i,
  azure: /(?<![a-z0-9])(?:standard|basic)_[a-z]+\d+[a-z0-9_-]*/i,
  gcp: /(?<![a-z0-9])[a-z]{1,2}\d[a-z]{0,2}-(?:standard|highgpu|megagpu|ultragpu|edgegpu|highmem|highcpu|hightpu|medium|small|micro)(?:-\d+[gt]?)?/i,
};

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '-');

function holds(text: string, name: string): boolean {
  const needle = plain(name).replace(/^standard-/, '');
  const escaped = needle.replace(/[.+*?^$()[\]{}|\\-]/g, '\\$&');
  return new RegExp(`(?<![a-z0-9.])${escaped}(?![a-z0-9.+-])`).test(text);
}

/** What `name` asks a provider for: an instance type first, then a GPU. Null: it names what is not sold there. */
export function matchMachine(
  provider: CloudProvider,
  rows: readonly MachineRow[],
  name: string,
): MachineMatch | null {
  const text = plain(name);
  const named = rows
    // The user's row of a GPU is no machine's.
    .filter((row) => (row.book !== null || row.gpus.length === 0) && holds(text, row.name))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (named !== undefined) return { by: 'name', row: named };
  const unlisted = INSTANCE_TYPE[provider].exec(name)?.[0];
  if (unlisted !== undefined) return { by: 'unlisted', name: unlisted };
  const wanted = gpuIn(name);
  if (wanted !== null) {
    const names = wanted.gpus.map((gpu) => gpu.name);
    const row = bestFor(
      wanted.count,
      rows.filter((one) => one.gpus.some((gpu) => names.includes(gpu))),
    );
    const gpu = row?.gpus.find((one) => names.includes(one));
    return row === undefined || gpu === undefined ? null : { by: 'gpu', row, gpu, count: wanted.count };
  }
  const row = defaultRow(provider, rows, text);
  return row === undefined ? null : { by: 'default', row };
}

/** The user's rows first, then as few GPUs that nobody asked for as possible, then few machines, then cheap ones. */
export function bestFor(count: number, rows: readonly MachineRow[]): MachineRow | undefined {
  const rank = ({ gpu_count, book, override }: MachineRow): readonly number[] => {
    const machines = Math.ceil(count / gpu_count);
    const usd = override?.usd_hour ?? book?.usd_hour ?? 0;
    return [override === null ? 1 : 0, machines * gpu_count - count, machines, usd / gpu_count];
  };
  return rows
    .filter((row) => row.gpu_count >= 1)
    .map((row) => ({ row, rank: rank(row) }))
    .sort((a, b) => {
      const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
      return at === -1 ? 0 : (a.rank[at] ?? 0) - (b.rank[at] ?? 0);
    })[0]?.row;
}

function defaultRow(
  provider: CloudProvider,
  rows: readonly MachineRow[],
  text: string,
): MachineRow | undefined {
  const words = new Set(text.split(/[^a-z0-9]+/));
  const choice = PRICE_BOOK.default_machines.find(
    (one) =>
      one.provider === provider && (one.named.length === 0 || one.named.some((word) => words.has(word))),
  );
  return rows.find((row) => row.name === choice?.machine);
}
