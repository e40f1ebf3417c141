import type { TraceColumns } from './trace-columns.ts';
import type { Microseconds } from './units.ts';

export interface OwnTime {
  /** First start of the job: what its steps' times count from. */
  readonly startUs: Microseconds;
  /** From the first start to the last known end. */
  readonly wholeUs: Microseconds;
  /** The span's end, an open one's being the last end known. */
  readonly endUs: Float64Array;
  /** Own time by span: its sum is the time in which any span ran. */
  readonly ownUs: Float64Array;
}

/**
 * The time in which a span ran and none of its children did. Where several spans work at once each instant is shared
 * among them, so that the parts never sum to more than the whole:
 *
 *   job   |--------------------|    own  4 + 2
 *   a         |--------|            own  4 + 4/2
 *   b              |--------|       own  4/2 + 4
 *         ....1111111xxxx2222..
 */
export function ownTimeOf(trace: TraceColumns): OwnTime {
  const { count, parent, startUs, durationUs } = trace;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const start = startUs[i] as number;
    const duration = durationUs[i] as number;
    first = Math.min(first, start);
    last = Math.max(last, start + (Number.isNaN(duration) ? 0 : duration));
  }
  const endUs = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = startUs[i] as number;
    const duration = durationUs[i] as number;
    endUs[i] = Number.isNaN(duration) ? Math.max(start, last) : start + duration;
  }
  const ownUs = new Float64Array(count);
  if (count === 0) return { startUs: 0, wholeUs: 0, endUs, ownUs };

  // Stretches without a running child: [from, to) of span `of`.
  const from: number[] = [];
  const to: number[] = [];
  const of: number[] = [];
  const covered = Float64Array.from(startUs.subarray(0, count));
  const stretch = (span: number, start: number, end: number): void => {
    if (end <= start) return;
    from.push(start);
    to.push(end);
    of.push(span);
  };
  for (const i of byStart(trace)) {
    const p = parent[i] as number;
    if (p < 0) continue;
    const whole = endUs[p] as number;
    stretch(p, covered[p] as number, Math.min(whole, startUs[i] as number));
    covered[p] = Math.max(covered[p] as number, Math.min(whole, endUs[i] as number));
  }
  for (let i = 0; i < count; i++) stretch(i, covered[i] as number, endUs[i] as number);

  // Each instant is worth 1 / (stretches at it); a stretch gets what the time from its begin to its end is worth.
  const begins = sortedIndexes(Float64Array.from(from));
  const ends = sortedIndexes(Float64Array.from(to));
  const worthAtBegin = new Float64Array(of.length);
  let worth = 0;
  let active = 0;
  let now = 0;
  let b = 0;
  for (const e of ends) {
    const end = to[e] as number;
    for (; b < begins.length && (from[begins[b] as number] as number) < end; b++) {
      const begin = begins[b] as number;
      const at = from[begin] as number;
      if (active > 0) worth += (at - now) / active;
      worthAtBegin[begin] = worth;
      now = at;
      active++;
    }
    worth += (end - now) / active;
    now = end;
    active--;
    const span = of[e] as number;
    ownUs[span] = (ownUs[span] as number) + worth - (worthAtBegin[e] as number);
  }
  return { startUs: first, wholeUs: Math.max(0, last - first), endUs, ownUs };
}

/** Spans stand by start already, but for siblings of one that was widened. */
function byStart({ count, startUs }: TraceColumns): Uint32Array {
  return sortedIndexes(startUs.subarray(0, count));
}

function sortedIndexes(values: Float64Array): Uint32Array {
  const indexes = Uint32Array.from(values, (_, i) => i);
  const isSorted = values.every((value, i) => i === 0 || (values[i - 1] as number) <= value);
  return isSorted ? indexes : indexes.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
}
