import type { TraceColumns } from '#shared/model/trace-columns.ts';

/** Span id to index by open addressing over the id column: 8 bytes a span instead of a Map's hundred. */
export class SpanIndex {
  private readonly table: Int32Array;
  private readonly mask: number;
  private readonly ids: Uint32Array;

  constructor(trace: TraceColumns) {
    let size = 16;
    while (size < trace.count * 2) size *= 2;
    this.mask = size - 1;
    this.table = new Int32Array(size).fill(-1);
    this.ids = trace.spanId;
    for (let i = 0; i < trace.count; i++) {
      let slot = this.slotOf(this.ids[i * 2] as number, this.ids[i * 2 + 1] as number);
      while (this.table[slot] !== -1) slot = (slot + 1) & this.mask;
      this.table[slot] = i;
    }
  }

  /** Index of the span with this id of 16 hex digits, -1 when it is not there. */
  find(id: string): number {
    const high = Number.parseInt(id.slice(0, 8), 16) >>> 0;
    const low = Number.parseInt(id.slice(8, 16), 16) >>> 0;
    for (let slot = this.slotOf(high, low); ; slot = (slot + 1) & this.mask) {
      const i = this.table[slot] as number;
      if (i === -1) return -1;
      if (this.ids[i * 2] === high && this.ids[i * 2 + 1] === low) return i;
    }
  }

  private slotOf(high: number, low: number): number {
    return (Math.imul(high ^ low, 0x9e3779b1) >>> 8) & this.mask;
  }
}
