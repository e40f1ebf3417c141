import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventSummaryRow } from '#shared/model/span.ts';
import { addSums, type Sums, summaryRows, tenantSums } from './rollup.ts';
import { newestEventId, type TraceStore } from './trace-reader.ts';

/** Events that are read between two turns of the event loop. */
const CHUNK = 20_000;
const MAX_TENANTS = 64;

interface Held {
  readonly sums: Map<string, Sums>;
  /** How many jobs had been deleted: of those that were, the sums know too much. */
  readonly retired: number;
  upTo: number;
}

/** The rollups know no tenants: totals of each that was asked for, kept up by reading what is new. */
export class TenantSummaries {
  private readonly store: () => TraceStore;
  private readonly held = new Map<string, Held>();
  private readonly underway = new Map<string, Promise<readonly EventSummaryRow[]>>();

  constructor(store: () => TraceStore) {
    this.store = store;
  }

  of(tenantId: string): Promise<readonly EventSummaryRow[]> {
    const underway = this.underway.get(tenantId);
    if (underway !== undefined) return underway;
    const made = this.catchUp(tenantId).finally(() => this.underway.delete(tenantId));
    this.underway.set(tenantId, made);
    return made;
  }

  private async catchUp(tenantId: string): Promise<readonly EventSummaryRow[]> {
    let held = this.held.get(tenantId);
    const newest = this.store().hasEvents ? newestEventId(this.store()) : 0;
    const retired = retiredCount(this.store());
    if (held === undefined || held.upTo > newest || held.retired !== retired) {
      held = { sums: new Map(), retired, upTo: 0 };
      const [oldest] = this.held.keys();
      if (this.held.size >= MAX_TENANTS && oldest !== undefined) this.held.delete(oldest);
      this.held.set(tenantId, held);
    }
    while (held.upTo < newest) {
      const to = Math.min(newest, held.upTo + CHUNK);
      addSums(held.sums, tenantSums(this.store().source, tenantId, held.upTo, to));
      held.upTo = to;
      if (to < newest) await nextTurn();
    }
    return summaryRows(held.sums);
  }
}

const retiredCount = ({ index }: TraceStore): number =>
  Number(index.prepare("SELECT value FROM rs_meta WHERE key = 'retired'").pluck().get() ?? 0);
