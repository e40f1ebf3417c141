import type { Bytes } from '#shared/model/units.ts';

const MAX_KEPT = 4;
const MAX_BYTES: Bytes = 64 * 1024 * 1024;

/** What was opened last, so that showing it does not read it again. The one asked for longest ago goes first. */
export function createRecent<T>(): {
  get(id: string): T | null;
  keep(id: string, value: T, size: Bytes): void;
} {
  const kept = new Map<string, { readonly value: T; readonly size: Bytes }>();
  return {
    get: (id) => {
      const found = kept.get(id);
      if (found === undefined) return null;
      kept.delete(id);
      kept.set(id, found);
      return found.value;
    },
    keep: (id, value, size) => {
      kept.delete(id);
      kept.set(id, { value, size });
      let bytes = [...kept.values()].reduce((sum, one) => sum + one.size, 0);
      for (const [oldest, { size: gone }] of kept) {
        // The newest is about to be shown, however large it is.
        if (kept.size === 1 || (kept.size <= MAX_KEPT && bytes <= MAX_BYTES)) break;
        kept.delete(oldest);
        bytes -= gone;
      }
    },
  };
}
