import type { ChainEdge } from '#shared/model/chain.ts';

/** In px. A column holds the steps that have as many steps before them, on the longest way. */
export const STEP = { width: 188, height: 46, gapX: 44, gapY: 10 } as const;
/** What an edge takes where it passes a column without a step of its own. */
const PASSING = 4;
const SWEEPS = 8;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ChainLayout {
  readonly width: number;
  readonly height: number;
  /** From the left, each from the top. */
  readonly columns: readonly (readonly string[])[];
  /** The upper left corner of each step. */
  readonly places: ReadonlyMap<string, Point>;
  readonly edges: readonly (ChainEdge & { readonly points: readonly Point[] })[];
}

interface Slot {
  /** Null: an edge passes here. */
  readonly id: string | null;
  readonly column: number;
  readonly height: number;
  readonly before: Slot[];
  readonly after: Slot[];
  /** While columns are put in order, the place in its column; then that of its middle in px. */
  y: number;
}

/**
 * A layered drawing from left to right, in which edges run beside the steps they pass. Whatever a store holds is drawn:
 * an edge of a circle points back.
 */
export function layoutChain(ids: readonly string[], edges: readonly ChainEdge[]): ChainLayout {
  const known = [...new Set(ids)];
  const drawn = drawable(known, edges);
  const slots = new Map(
    [...columnsOf(known, drawn)].map(([id, column]) => [id, slotOf(id, column, STEP.height)] as const),
  );
  const columns: Slot[][] = [];
  const put = (slot: Slot): Slot => {
    columns[slot.column] ??= [];
    columns[slot.column]?.push(slot);
    return slot;
  };
  for (const id of known) {
    const slot = slots.get(id);
    if (slot !== undefined) put(slot);
  }
  const paths = drawn.flatMap((edge) => {
    const [from, to] = [slots.get(edge.from), slots.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const between = Math.max(0, to.column - from.column - 1);
    const passing = Array.from({ length: between }, (_, at) =>
      put(slotOf(null, from.column + 1 + at, PASSING)),
    );
    const path = [from, ...passing, to];
    if (to.column > from.column) join(path);
    return [{ edge, path }];
  });
  order(columns);
  place(columns);
  const places = new Map<string, Point>();
  for (const [id, { column, y }] of slots) places.set(id, { x: xOf(column), y: y - STEP.height / 2 });
  return {
    width: Math.max(0, xOf(columns.length) - STEP.gapX),
    height: Math.max(0, ...columns.flat().map(({ y, height }) => y + height / 2)),
    columns: columns.map((column) => column.flatMap(({ id }) => (id === null ? [] : [id]))),
    places,
    edges: paths.map(({ edge, path }) => ({ ...edge, points: pointsOf(path) })),
  };
}

/** Once each, between two steps that are there. */
function drawable(ids: readonly string[], edges: readonly ChainEdge[]): readonly ChainEdge[] {
  const known = new Set(ids);
  const once = new Map(edges.map(({ from, to }) => [JSON.stringify([from, to]), { from, to }]));
  return [...once.values()].filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
}

const xOf = (column: number): number => column * (STEP.width + STEP.gapX);

const slotOf = (id: string | null, column: number, height: number): Slot => ({
  id,
  column,
  height,
  before: [],
  after: [],
  y: 0,
});

function join(path: readonly Slot[]): void {
  for (const [at, slot] of path.entries()) {
    const next = path[at + 1];
    if (next === undefined) continue;
    slot.after.push(next);
    next.before.push(slot);
  }
}

/** One more than the furthest of what it needs. Where all that are left wait for one another, the first of them begins. */
function columnsOf(ids: readonly string[], edges: readonly ChainEdge[]): ReadonlyMap<string, number> {
  const needs = new Map(ids.map((id) => [id, new Set<string>()] as const));
  const wanted = new Map(ids.map((id) => [id, [] as string[]] as const));
  for (const { from, to } of edges) {
    needs.get(to)?.add(from);
    wanted.get(from)?.push(to);
  }
  const columns = new Map<string, number>();
  const least = new Map<string, number>();
  const ready = ids.filter((id) => needs.get(id)?.size === 0);
  const waiting = new Set(ids);
  while (waiting.size > 0) {
    const [first] = waiting;
    const id = ready.pop() ?? first;
    if (id === undefined || !waiting.delete(id)) continue;
    const column = least.get(id) ?? 0;
    columns.set(id, column);
    for (const to of wanted.get(id) ?? []) {
      if (!waiting.has(to)) continue;
      least.set(to, Math.max(least.get(to) ?? 0, column + 1));
      needs.get(to)?.delete(id);
      if (needs.get(to)?.size === 0) ready.push(to);
    }
  }
  return columns;
}

/** Steps stand near what they are joined to: by the mean place of their neighbours, forth and back. */
function order(columns: readonly Slot[][]): void {
  const number = (column: readonly Slot[]): void => {
    for (const [at, slot] of column.entries()) slot.y = at;
  };
  for (const column of columns) number(column);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forth = sweep % 2 === 0;
    for (const column of forth ? columns : columns.toReversed()) {
      const wish = new Map(
        column.map((slot) => [slot, meanOf(forth ? slot.before : slot.after) ?? slot.y] as const),
      );
      column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      number(column);
    }
  }
}

const meanOf = (slots: readonly Slot[]): number | null =>
  slots.length === 0 ? null : slots.reduce((sum, { y }) => sum + y, 0) / slots.length;

/** Gives every slot its y: as near as there is room to the middle of what stands before it. */
function place(columns: readonly Slot[][]): void {
  for (const column of columns) {
    const wishes = column.map(({ before }) => meanOf(before));
    let free = Number.NEGATIVE_INFINITY;
    for (const [at, slot] of column.entries()) {
      const first = free === Number.NEGATIVE_INFINITY;
      const least = first ? slot.height / 2 : free + slot.height / 2;
      slot.y = Math.max(wishes[at] ?? least, first ? Number.NEGATIVE_INFINITY : least);
      free = slot.y + slot.height / 2 + STEP.gapY;
    }
    // What was pushed down goes back up, all of the column, until as much is above its wish as below.
    const off = column.flatMap((slot, at) => {
      const wish = wishes[at];
      return wish === null || wish === undefined ? [] : [slot.y - wish];
    });
    const shift = off.reduce((sum, one) => sum + one, 0) / Math.max(1, off.length);
    for (const slot of column) slot.y -= shift;
  }
  const top = Math.min(...columns.flat().map(({ y, height }) => y - height / 2));
  for (const slot of columns.flat()) slot.y = Math.round(slot.y - top);
}

/** From the right of one step to the left of the other. */
function pointsOf(path: readonly Slot[]): readonly Point[] {
  return path.flatMap(({ column, y }, at) => {
    const left = { x: xOf(column), y };
    const right = { x: xOf(column) + STEP.width, y };
    if (at === 0) return [right];
    return at === path.length - 1 ? [left] : [left, right];
  });
}

/** A curve across each gap, a line past each column. */
export function edgePath([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  let from = first;
  let path = `M${first.x} ${first.y}`;
  for (const to of rest) {
    const bend = Math.max(STEP.gapX, Math.abs(to.x - from.x)) / 2;
    path +=
      to.y === from.y && to.x > from.x
        ? `H${to.x}`
        : `C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}
