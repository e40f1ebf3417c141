import { SPAN_ERROR, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { TraceTree } from './tree.ts';

/** Spans whose name or label contains `query` in any case, by index. */
export function searchTrace(trace: TraceColumns, query: string): Int32Array {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return new Int32Array(0);
  const inNames = Uint8Array.from(trace.names, (text) => (text.toLowerCase().includes(wanted) ? 1 : 0));
  const inLabels = Uint8Array.from(trace.labels, (text) => (text.toLowerCase().includes(wanted) ? 1 : 0));
  return indicesWhere(
    trace.count,
    (i) => inNames[trace.name[i] as number] === 1 || inLabels[trace.label[i] as number] === 1,
  );
}

export const findErrors = (trace: TraceColumns): Int32Array =>
  indicesWhere(trace.count, (i) => ((trace.flags[i] as number) & SPAN_ERROR) !== 0);

function indicesWhere(count: number, holds: (i: number) => boolean): Int32Array {
  let found = new Int32Array(64);
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (!holds(i)) continue;
    if (length === found.length) {
      const wider = new Int32Array(length * 2);
      wider.set(found);
      found = wider;
    }
    found[length++] = i;
  }
  return found.slice(0, length);
}

/** Place in `sorted` of the first entry after `span` (or the last before it); past the end it begins again. */
export function stepThrough(sorted: Int32Array, span: number, direction: 1 | -1): number {
  if (sorted.length === 0) return -1;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const before = direction === 1 ? (sorted[middle] as number) <= span : (sorted[middle] as number) < span;
    if (before) low = middle + 1;
    else high = middle;
  }
  const at = direction === 1 ? low : low - 1;
  return (at + sorted.length) % sorted.length;
}

/** Where `wanted` stands in `sorted`, -1 when it does not. */
export function placeOf(sorted: Int32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] as number;
    if (value === wanted) return middle;
    if (value < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The sibling before or after, -1 at either end. */
export function siblingOf(trace: TraceColumns, tree: TraceTree, i: number, direction: 1 | -1): number {
  const parent = trace.parent[i] ?? -1;
  if (direction === 1) {
    const next = tree.subtreeEnd[i] ?? trace.count;
    return next < trace.count && trace.parent[next] === parent ? next : -1;
  }
  // The span just above belongs to the previous sibling's subtree, or is the parent.
  let above = i - 1;
  if (above < 0 || above === parent) return -1;
  while (above >= 0 && trace.parent[above] !== parent) above = trace.parent[above] as number;
  return above;
}
