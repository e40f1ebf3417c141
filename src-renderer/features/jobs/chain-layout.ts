import type { ChainState } from '#shared/model/chain.ts';

/** Where a step stands: columns from what needs nothing to what needs most, rows within a column. */
export interface ChainPlace {
  readonly id: string;
  readonly column: number;
  readonly row: number;
}

export interface ChainLayout {
  readonly places: readonly ChainPlace[];
  readonly columns: number;
  readonly rows: number;
}

/**
 * Each step one column after the last of what it needs, and in the row nearest to the middle of those. Steps in a circle,
 * which only foreign stores hold, stand in the last column.
 */
export function layoutChain({ nodes, edges }: Pick<ChainState, 'nodes' | 'edges'>): ChainLayout {
  const needs = new Map(nodes.map(({ id }) => [id, [] as string[]]));
  for (const { from, to } of edges) if (needs.has(from)) needs.get(to)?.push(from);
  const columnOf = columnsOf(needs);
  const columns = Math.max(0, ...columnOf.values()) + 1;
  const rowOf = new Map<string, number>();
  const places: ChainPlace[] = [];
  let rows = 0;
  for (let column = 0; column < columns; column++) {
    const of = nodes
      .filter(({ id }) => columnOf.get(id) === column)
      .map(({ id }, order) => ({ id, order, wish: wishOf(needs.get(id) ?? [], rowOf) }))
      .sort((a, b) => (a.wish ?? a.order) - (b.wish ?? b.order) || a.order - b.order);
    let next = 0;
    for (const { id, wish } of of) {
      const row = Math.max(next, Math.round(wish ?? next));
      next = row + 1;
      rowOf.set(id, row);
      places.push({ id, column, row });
      rows = Math.max(rows, next);
    }
  }
  return { places, columns: nodes.length === 0 ? 0 : columns, rows };
}

function columnsOf(needs: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const columnOf = new Map<string, number>();
  let left = [...needs.keys()];
  while (left.length > 0) {
    const ready = left.filter((id) => (needs.get(id) ?? []).every((need) => columnOf.has(need)));
    if (ready.length === 0) break;
    // All at once, so that none of them counts for another one of this round.
    const found = ready.map((id): [string, number] => [
      id,
      Math.max(-1, ...(needs.get(id) ?? []).map((need) => columnOf.get(need) ?? 0)) + 1,
    ]);
    for (const [id, column] of found) columnOf.set(id, column);
    left = left.filter((id) => !columnOf.has(id));
  }
  const last = Math.max(-1, ...columnOf.values()) + 1;
  for (const id of left) columnOf.set(id, last);
  return columnOf;
}

/** The middle of the rows of what it needs; null where it needs nothing. */
function wishOf(needs: readonly string[], rowOf: ReadonlyMap<string, number>): number | null {
  const rows = needs.flatMap((need) => rowOf.get(need) ?? []);
  return rows.length === 0 ? null : rows.reduce((sum, row) => sum + row, 0) / rows.length;
}
