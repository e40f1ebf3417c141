import { wilson } from '#shared/lib/statistics/proportion.ts';
import { median, quantileInterval } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import { ecdf } from '#shared/lib/statistics/shape.ts';
import type { GroupFigures, MeasureInfo } from '#shared/model/compare.ts';

export const ASK: MeasureInfo = {
  measure: 'agent.ask',
  title: 'agent.ask',
  unit: 'ms',
  better: 'lower',
  about: 'Time in spans of this name.',
};
export const SPEED: MeasureInfo = {
  measure: 'generation_speed',
  title: 'generation speed',
  unit: 'tokens_per_second',
  better: 'higher',
  about: 'As the server measured it.',
};

/** A group whose successes have these values. */
export function groupOf(
  key: string,
  values: readonly number[],
  changes: Partial<GroupFigures> = {},
): GroupFigures {
  const sample = sampleOf(values).value ?? { n: 0, ascending: new Float64Array() };
  const interval = quantileInterval(sample, 0.5).value;
  const { failures = 0 } = changes;
  const rate = wilson({ successes: values.length, n: values.length + failures }).value;
  const steps = ecdf(sample, 400).value;
  return {
    key,
    n: values.length,
    jobs: values.length + failures,
    succeeded: values.length,
    failures,
    cancelled: 0,
    unfinished: 0,
    unknown: 0,
    median: median(sample).value,
    median_low: interval?.low ?? null,
    median_high: interval?.high ?? null,
    median_coverage: interval?.coverage ?? null,
    mean: null,
    p90: null,
    p90_note: null,
    p99: null,
    p99_note: null,
    success_rate: rate?.estimate ?? null,
    success_low: rate?.low ?? null,
    success_high: rate?.high ?? null,
    cost_per_success: null,
    cost_at_least: null,
    cost_note: 'No ended job of this group has a known cost.',
    cost_known: 0,
    box: null,
    ecdf: { x: Array.from(steps?.x ?? []), y: Array.from(steps?.y ?? []) },
    points: values.map((value, i) => ({ source: 'own', job_id: `${key}-${i}`, value })),
    ...changes,
  };
}
