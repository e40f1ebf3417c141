import type { OpenSpan, SpanRecord } from '#shared/model/span.ts';

/**
 * What receives spans. `record` and `start` are called on the hot path of a job: they never throw and never wait.
 */
export interface Collector {
  readonly kind: 'sqlite' | 'memory' | 'null';
  start(span: OpenSpan): void;
  record(span: SpanRecord): void;
  /** Everything handed over so far is kept (or counted as dropped) when this returns. */
  flush(): void;
}
