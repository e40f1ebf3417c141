import type { Collector } from '#core/telemetry/collector.ts';

/** Keeps nothing: the library's default. span() sees its kind and does not even build a record. */
export const nullCollector: Collector = {
  kind: 'null',
  start: () => {},
  record: () => {},
  flush: () => {},
};
