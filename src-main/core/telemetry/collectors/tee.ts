import type { Collector } from '#core/telemetry/collector.ts';
import { nullCollector } from './null.ts';

/** Hands everything to each of `collectors`; those that keep nothing are left out. */
export function teeCollector(...collectors: readonly Collector[]): Collector {
  const keeping = collectors.filter((collector) => collector.kind !== 'null');
  const [first] = keeping;
  if (first === undefined) return nullCollector;
  if (keeping.length === 1) return first;
  return {
    kind: keeping.some((collector) => collector.kind === 'sqlite') ? 'sqlite' : 'memory',
    start: (span) => {
      for (const collector of keeping) collector.start(span);
    },
    record: (span) => {
      for (const collector of keeping) collector.record(span);
    },
    flush: () => {
      for (const collector of keeping) collector.flush();
    },
  };
}
