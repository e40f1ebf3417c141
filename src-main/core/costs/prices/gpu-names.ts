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

/** The GPU that stands in `name`, the longest alias deciding; null without any. */
export function gpuIn(name: string): GpuWanted | null {
  const text = name.toLowerCase();
  const found = ALIASES.flatMap(({ gpu, alias, pattern }) => {
    const match = pattern.exec(text);
    return match === null ? [] : [{ gpu, alias, match }];
  }).sort((a, b) => b.alias.length - a.alias.length);
  const longest = found[0];
  if (longest === undefined) return null;
  const { match } = longest;
  const count =
    COUNT_BEFORE.exec(text.slice(0, match.index))?.[1] ??
    COUNT_AFTER.exec(text.slice(match.index + match[0].length))?.[1];
  return {
    gpus: found.filter(({ alias }) => alias === longest.alias).map(({ gpu }) => gpu),
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
