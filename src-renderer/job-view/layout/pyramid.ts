import { SPAN_ERROR, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import type { TimeRange } from './tree.ts';

const FANOUT_BITS = 4;
const FANOUT = 1 << FANOUT_BITS;

/** Blocks of 16, 256, ... consecutive spans: what they cover and how many failed. About 1.3 bytes a span. */
interface Level {
  readonly startUs: Float64Array;
  /** Infinity while one of them is open. */
  readonly endUs: Float64Array;
  readonly errors: Int32Array;
}
export type Pyramid = readonly Level[];

export function buildPyramid(trace: TraceColumns): Pyramid {
  const levels: Level[] = [];
  let below: Level | null = null;
  for (let blocks = trace.count >> FANOUT_BITS; blocks > 0; blocks >>= FANOUT_BITS) {
    const level: Level = {
      startUs: new Float64Array(blocks).fill(Number.POSITIVE_INFINITY),
      endUs: new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY),
      errors: new Int32Array(blocks),
    };
    for (let i = 0; i < blocks << FANOUT_BITS; i++) {
      const block = i >> FANOUT_BITS;
      let start: number;
      let end: number;
      let errors: number;
      if (below === null) {
        start = trace.startUs[i] as number;
        end = start + (trace.durationUs[i] as number);
        if (Number.isNaN(end)) end = Number.POSITIVE_INFINITY;
        errors = (trace.flags[i] as number) & SPAN_ERROR;
      } else {
        start = below.startUs[i] as number;
        end = below.endUs[i] as number;
        errors = below.errors[i] as number;
      }
      if (start < (level.startUs[block] as number)) level.startUs[block] = start;
      if (end > (level.endUs[block] as number)) level.endUs[block] = end;
      level.errors[block] = (level.errors[block] as number) + errors;
    }
    levels.push(level);
    below = level;
  }
  return levels;
}

/** Bars narrower than this merge with their neighbours. */
export const MERGE_PX = 3;

/** For each pixel column how many spans run there, and how many of those failed. */
export interface Density {
  readonly count: Int32Array;
  readonly errors: Int32Array;
  /** Spans that lie in the range at least in part. */
  total: number;
  totalErrors: number;
}

/**
 * Density of the spans [from, to) over `range` drawn `width` pixels wide. A block of spans that together cover less
 * than MERGE_PX counts whole in each of its columns; wider ones are opened, down to single spans.
 */
export function densityOf(
  trace: TraceColumns,
  pyramid: Pyramid,
  from: number,
  to: number,
  range: TimeRange,
  width: number,
  nowUs: Microseconds,
): Density {
  // Differences first (+n where it begins, -n after it ends), summed up at the end.
  const count = new Int32Array(width + 1);
  const errors = new Int32Array(width + 1);
  const density: Density = { count, errors, total: 0, totalErrors: 0 };
  const perPixel = (range.endUs - range.startUs) / width;
  const mergeUs = perPixel * MERGE_PX;
  const mark = (start: number, end: number, spans: number, failed: number): void => {
    const first = Math.min(width - 1, Math.max(0, Math.floor((start - range.startUs) / perPixel)));
    const last = Math.min(width - 1, Math.max(first, Math.ceil((end - range.startUs) / perPixel) - 1));
    count[first] = (count[first] as number) + spans;
    count[last + 1] = (count[last + 1] as number) - spans;
    density.total += spans;
    if (failed > 0) {
      errors[first] = (errors[first] as number) + failed;
      errors[last + 1] = (errors[last + 1] as number) - failed;
      density.totalErrors += failed;
    }
  };
  let i = from;
  outer: while (i < to) {
    let top = 0;
    while (top < pyramid.length && (i & ((FANOUT << (FANOUT_BITS * top)) - 1)) === 0) top++;
    for (let l = top - 1; l >= 0; l--) {
      const level = pyramid[l] as Level;
      const bits = FANOUT_BITS * (l + 1);
      const size = 1 << bits;
      const block = i >> bits;
      if (i + size > to || block >= level.startUs.length) continue;
      const start = level.startUs[block] as number;
      const stored = level.endUs[block] as number;
      const end = stored === Number.POSITIVE_INFINITY ? Math.max(start, nowUs) : stored;
      const outside = start > range.endUs || end < range.startUs;
      if (outside || end - start < mergeUs) {
        if (!outside) mark(start, end, size, level.errors[block] as number);
        i += size;
        continue outer;
      }
    }
    const start = trace.startUs[i] as number;
    const duration = trace.durationUs[i] as number;
    const end = Number.isNaN(duration) ? Math.max(start, nowUs) : start + duration;
    if (start <= range.endUs && end >= range.startUs)
      mark(start, end, 1, (trace.flags[i] as number) & SPAN_ERROR);
    i++;
  }
  for (let x = 1; x <= width; x++) {
    count[x] = (count[x] as number) + (count[x - 1] as number);
    errors[x] = (errors[x] as number) + (errors[x - 1] as number);
  }
  return density;
}
