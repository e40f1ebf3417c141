import { eventIterator, type as typed } from '@orpc/contract';
import { z } from 'zod';
import type {
  CompareResult,
  ExploreResult,
  MeasureInfo,
  PhaseBreakdown,
  SavedComparison,
  TraceBands,
  Trend,
  VerdictProgress,
} from '#shared/model/compare.ts';
import { OWN } from '#shared/model/source.ts';
import { base } from './base.ts';

const sourceId = z.string().min(1).max(2048);
const jobId = z.string().min(1).max(128);
const oneOf = z.array(z.string().max(256)).max(256).optional();
const place = z.strictObject({ source: sourceId.default(OWN), job_id: jobId });

/** The Jobs board's filter. */
export const compareFilter = z.strictObject({
  status: oneOf,
  kind: oneOf,
  backend_type: oneOf,
  provider_type: oneOf,
  model: oneOf,
  agent: oneOf,
  tenant_id: oneOf,
  text: z.string().max(256).optional(),
  created_from: z.number().optional(),
  created_to: z.number().optional(),
  /** Demo jobs are left out unless this is true. */
  demo: z.boolean().default(false),
});
export type CompareFilter = z.infer<typeof compareFilter>;

const dimension = z
  .string()
  .max(256)
  .regex(/^([a-z_]+|attribute:[^:]+:[^:]+)$/, 'is no dimension');

export const compareQuery = z.strictObject({
  /** The same job in several of them counts once; the first has it. */
  sources: z.array(sourceId).min(1).max(16).default([OWN]),
  where: compareFilter.prefault({}),
  /** One of DIMENSIONS, or `attribute:<span name>:<key>`. Ignored with `pick`. */
  by: dimension.default('backend_type'),
  /** Hand-picked: groups "A" and "B". */
  pick: z
    .strictObject({ a: z.array(place).min(1).max(5000), b: z.array(place).min(1).max(5000) })
    .nullable()
    .default(null),
  /** One of JOB_MEASURES, or a span name. */
  measure: z.string().min(1).max(256).default('agent.ask'),
  /** Compare only within equal values of these conditions. */
  matched: z.array(z.string().max(256)).max(8).default([]),
  /** Every other group is compared with this one; null compares all pairs while there are at most 8 groups. */
  baseline: z.string().max(1024).nullable().default(null),
});
export type CompareQuery = z.infer<typeof compareQuery>;

export const compareContract = {
  /** What can be measured in these sources: the job measures, then every span name. */
  measures: base
    .input(z.strictObject({ sources: z.array(sourceId).min(1).max(16).default([OWN]) }))
    .output(typed<readonly MeasureInfo[]>()),
  run: base.input(compareQuery).output(typed<CompareResult>()),
  /** Follows `run`; takes its time, with progress. */
  verdicts: base
    .input(compareQuery.extend({ smallest: z.number().positive().max(1).default(0.05) }))
    .output(eventIterator(typed<VerdictProgress>())),
  phases: base.input(compareQuery).output(typed<PhaseBreakdown>()),
  trend: base
    .input(compareQuery.extend({ buckets: z.number().int().min(2).max(200).default(30) }))
    .output(typed<Trend>()),
  /** n jobs aligned by path. */
  bands: base.input(z.strictObject({ jobs: z.array(place).min(1).max(1000) })).output(typed<TraceBands>()),
  explore: base
    .input(
      z.strictObject({
        sources: z.array(sourceId).min(1).max(16).default([OWN]),
        where: compareFilter.prefault({}),
        event: z.string().max(256),
        by: dimension.nullable().default(null),
        buckets: z.number().int().min(2).max(200).default(48),
      }),
    )
    .output(typed<ExploreResult>()),
  saved: {
    list: base.output(typed<readonly SavedComparison[]>()),
    save: base
      .input(z.strictObject({ name: z.string().trim().min(1).max(128), query: z.string().max(65_536) }))
      .output(typed<SavedComparison>()),
    remove: base.input(z.strictObject({ id: z.string().max(64) })).output(typed<void>()),
  },
};
