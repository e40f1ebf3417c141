import type { TimeRange } from '../layout/tree.ts';
import type { StepModel, StepOrder } from './step-model.ts';

/** Which rows are open and in what order, and where the cursor is; draws nothing. */
export class StepRows {
  readonly steps: StepModel;
  cursor = 0;
  private readonly closed: Uint8Array;
  private by: StepOrder = 'tree';
  private known: { readonly rows: Int32Array; readonly positions: Int32Array } | null = null;

  constructor(steps: StepModel) {
    this.steps = steps;
    this.closed = new Uint8Array(steps.count);
  }

  get order(): StepOrder {
    return this.by;
  }
  set order(order: StepOrder) {
    this.by = order;
    this.known = null;
  }

  get rows(): Int32Array {
    return this.build().rows;
  }
  extent(): TimeRange {
    return this.steps.extent;
  }
  timesOf(row: number): TimeRange {
    return this.steps.times(row);
  }

  /** Where a row stands from the top; a hidden one's is that of the closed row it is in. */
  positionOf(row: number): number {
    const { positions } = this.build();
    let at = row;
    while (at >= 0 && (positions[at] ?? -1) < 0) at = this.steps.parent[at] ?? -1;
    return at < 0 ? -1 : (positions[at] as number);
  }

  hasChildren(row: number): boolean {
    return this.by === 'tree' && (this.steps.subtreeEnd[row] ?? 0) > row + 1;
  }
  isClosed(row: number): boolean {
    return this.by === 'tree' && this.closed[row] !== 0;
  }
  setClosed(row: number, closed: boolean): void {
    if (!this.hasChildren(row)) return;
    this.closed[row] = closed ? 1 : 0;
    this.known = null;
  }
  setAllClosed(closed: boolean): void {
    const { count, depth, subtreeEnd } = this.steps;
    for (let i = 0; i < count; i++)
      this.closed[i] = closed && (depth[i] as number) > 0 && (subtreeEnd[i] as number) > i + 1 ? 1 : 0;
    this.known = null;
    this.cursor = this.rows[Math.max(0, this.positionOf(this.cursor))] ?? 0;
  }

  moveBy(by: number): void {
    const { rows } = this;
    const next = Math.min(rows.length - 1, Math.max(0, this.positionOf(this.cursor) + by));
    this.cursor = rows[next] ?? 0;
  }

  /** The next or previous in the order of importance, opened where it is hidden; false at either end. */
  stepRank(by: 1 | -1, rankOf: Int32Array): boolean {
    const { ranked } = this.steps;
    const here = rankOf[this.cursor] ?? -1;
    const next = ranked[here + by];
    if (next === undefined) return false;
    this.reveal(next);
    return true;
  }

  stepSibling(by: 1 | -1): boolean {
    const { parent, subtreeEnd, count } = this.steps;
    if (this.by !== 'tree') return false;
    const mine = parent[this.cursor];
    if (by === 1) {
      const next = subtreeEnd[this.cursor] ?? count;
      if (next >= count || parent[next] !== mine) return false;
      this.cursor = next;
      return true;
    }
    for (let i = this.cursor - 1; i > (mine ?? -1); i--) {
      if (parent[i] !== mine) continue;
      this.cursor = i;
      return true;
    }
    return false;
  }

  collapseOrLeave(): void {
    const { cursor } = this;
    if (this.hasChildren(cursor) && !this.isClosed(cursor)) this.setClosed(cursor, true);
    else if (this.by === 'tree' && (this.steps.parent[cursor] ?? -1) >= 0)
      this.cursor = this.steps.parent[cursor] as number;
  }
  expandOrEnter(): void {
    const { cursor } = this;
    if (this.isClosed(cursor)) this.setClosed(cursor, false);
    else if (this.hasChildren(cursor)) this.cursor = cursor + 1;
  }

  reveal(row: number): void {
    for (let at = this.steps.parent[row] ?? -1; at >= 0; at = this.steps.parent[at] ?? -1)
      this.closed[at] = 0;
    this.known = null;
    this.cursor = row;
  }

  private build(): { readonly rows: Int32Array; readonly positions: Int32Array } {
    if (this.known !== null) return this.known;
    const { count, ranked, subtreeEnd } = this.steps;
    const rows = new Int32Array(count);
    let shown = 0;
    if (this.by === 'ranked') {
      rows.set(ranked);
      shown = count;
    } else {
      for (let i = 0; i < count; i = this.closed[i] === 0 ? i + 1 : (subtreeEnd[i] as number))
        rows[shown++] = i;
    }
    const positions = new Int32Array(count).fill(-1);
    for (let at = 0; at < shown; at++) positions[rows[at] as number] = at;
    this.known = { rows: rows.subarray(0, shown), positions };
    return this.known;
  }
}
