import type { Collector } from '#core/telemetry/collector.ts';
import { pythonRound } from '#shared/lib/python-round.ts';
import type { EventSummaryRow, OpenSpan, SpanRecord } from '#shared/model/span.ts';

interface Totals {
  total: number;
  ok: number;
  error: number;
  sum: number;
  min: number;
  max: number;
}

/** Totals per event name for a summary at the end; memory grows with names, not with spans. */
export class InMemoryCollector implements Collector {
  readonly kind = 'memory';
  private readonly byEvent = new Map<string, Totals>();

  start(_span: OpenSpan): void {}

  record(span: SpanRecord): void {
    let totals = this.byEvent.get(span.name);
    if (totals === undefined) {
      totals = {
        total: 0,
        ok: 0,
        error: 0,
        sum: 0,
        min: Number.POSITIVE_INFINITY,
        max: Number.NEGATIVE_INFINITY,
      };
      this.byEvent.set(span.name, totals);
    }
    totals.total++;
    totals[span.status]++;
    totals.sum += span.duration_ms;
    totals.min = Math.min(totals.min, span.duration_ms);
    totals.max = Math.max(totals.max, span.duration_ms);
  }

  flush(): void {}

  /** RUNE's rows: sorted by event in code-point order, mean over ok and error, one decimal as Python rounds. */
  summaryRows(): EventSummaryRow[] {
    return [...this.byEvent.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([event, { total, ok, error, sum, min, max }]) => ({
        event,
        total,
        ok,
        error,
        avg_ms: pythonRound(sum / total, 1),
        min_ms: pythonRound(min, 1),
        max_ms: pythonRound(max, 1),
      }));
  }
}
