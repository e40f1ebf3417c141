import { type Gpu, PRICE_BOOK } from './book.ts';

/** GPUs that a name may mean ("A100" is two), and how many of them. */
export interface GpuWanted {
  readonly gpus: readonly Gpu[];
  readonly count: number;
}

/** "rtx 4090" finds RTX_4090 and rtx4090, and nothing inside another word: "t4" is not in "t4g". */
const patternOf = (alias: string): RegExp =>
  new RegExp(`(?<![a-z0-9])${alias.split(' ').join('[^a-z0-9]*')}(?![a-z0-9])`);

const ALIASES = PRICE_BOOK.gpus.flatMap((gpu) =>
  gpu.aliases.map((alias) => ({ gpu, alias, pattern: patternOf(alias) })),
);

const COUNT_BEFORE = /(?<![a-z0-9.])(\d{1,2})\s*[x×*]\s*$/;
const COUNT_AFTER = /^\s*[x×*:]\s*(\d{1,2})(?![a-z0-9])/;

/** "8xA100" and "a100x8" are names with a count beside them. */
const apart = (name: string): string =>
  name
    .toLowerCase()
    .replace(/(?<![a-z0-9.])(\d{1,2})x(?=[a-z0-9])/g, '$1x ')
    .replace(/(?<=\d[a-z]?)x(\d{1,2})(?![a-z0-9])/g, ' x$1');

/** What makes another GPU of a name that goes on so. */
const OTHER_KIND = /^[^a-z0-9]*(?:d|ti|super|laptop|mobile|max-?q)(?![a-z0-9])/;
const MEMORY = /(?<![a-z0-9.])(16|24|32|40|48|80|94|96|141|180)[^a-z0-9]*(?:gi?b?)?(?![a-z0-9])/;

/** False where another memory is named than that which the GPU's own name has. */
const hasMemory = ({ name }: Gpu, said: string | undefined): boolean => {
  const own = /(\d+)GB$/.exec(name)?.[1];
  return said === undefined || own === undefined || own === said;
};

/** The GPU that stands in `name`, the longest alias deciding; null without any, and none of them for another kind. */
export function gpuIn(name: string): GpuWanted | null {
  const text = apart(name);
  const found = ALIASES.flatMap(({ gpu, alias, pattern }) => {
    const match = pattern.exec(text);
    return match === null ? [] : [{ gpu, alias, match }];
  }).sort((a, b) => b.alias.length - a.alias.length);
  const longest = found[0];
  if (longest === undefined) return null;
  const { match } = longest;
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  const count = COUNT_BEFORE.exec(before)?.[1] ?? COUNT_AFTER.exec(after)?.[1];
  const memory = MEMORY.exec(`${before.replace(COUNT_BEFORE, '')} | ${after.replace(COUNT_AFTER, '')}`)?.[1];
  return {
    gpus: OTHER_KIND.test(after)
      ? []
      : found.flatMap(({ alias, gpu }) => (alias === longest.alias && hasMemory(gpu, memory) ? [gpu] : [])),
    count: Math.max(1, Number(count ?? 1)),
  };
}

/** The GPU's own row: `name` is an alias of it and nothing more. */
export function gpuCalled(name: string): readonly Gpu[] {
  const text = name.toLowerCase().trim();
  return [
    ...new Set(
      ALIASES.flatMap(({ gpu, pattern }) => (pattern.exec(text)?.[0].length === text.length ? [gpu] : [])),
    ),
  ];
}
