import { type as typed } from '@orpc/contract';
import { z } from 'zod';
import type {
  BudgetStatus,
  Calibration,
  EstimateOutcome,
  GateReport,
  PriceRow,
  Simulation,
  SpendReport,
} from '#shared/model/costs.ts';
import { COST_PROVIDERS, type CostEstimate } from '#shared/model/estimate.ts';
import { JOB_KINDS } from '#shared/model/job.ts';
import { base } from './base.ts';
import { priceOverride } from './settings.ts';

const oneOf = z.array(z.string().max(256)).max(64).optional();

/** Estimates that belong to jobs; demo jobs are left out. */
export const outcomeQuery = z.strictObject({
  /** Epoch seconds, on the estimate's time. */
  from: z.number().optional(),
  to: z.number().optional(),
  provider: z.array(z.enum(COST_PROVIDERS)).max(8).optional(),
  backend_type: oneOf,
  tenant_id: oneOf,
});
export type OutcomeQuery = z.infer<typeof outcomeQuery>;

export const spendQuery = z.strictObject({
  from: z.number().optional(),
  to: z.number().optional(),
  by: z.enum(['kind', 'backend_type', 'tenant_id', 'model']).default('backend_type'),
  tenant_id: oneOf,
  /** Minutes to add to UTC for the user's days. */
  utc_offset_minutes: z.number().int().min(-840).max(840).default(0),
});
export type SpendQuery = z.infer<typeof spendQuery>;

/** RUNE's GET /v1/finops/simulate. */
export const simulateQuery = z.strictObject({
  agent: z.string().max(64).default(''),
  suite: z.string().max(256).default(''),
  model: z.string().max(128).default(''),
  gpu: z.string().max(64).default(''),
  runs_per_period: z.number().int().min(1).max(1_000_000).default(1),
  period_days: z.number().int().min(1).max(3660).default(30),
  /** History of this tenant's jobs only. */
  tenant_id: z.string().max(64).optional(),
});
export type SimulateQuery = z.infer<typeof simulateQuery>;

export const costsContract = {
  /** RUNE's estimate request. Nothing is bought, and no job is made; its span is kept. */
  estimate: base.input(z.record(z.string(), z.unknown())).output(typed<CostEstimate>()),
  /** What jobs.create would say of this job. */
  gate: base
    .input(z.strictObject({ kind: z.enum(JOB_KINDS), request: z.record(z.string(), z.unknown()) }))
    .output(typed<GateReport>()),
  budget: base.output(typed<BudgetStatus>()),
  /** The newest first. */
  outcomes: base
    .input(outcomeQuery.extend({ limit: z.number().int().min(1).max(20_000).default(5000) }))
    .output(typed<{ readonly outcomes: readonly EstimateOutcome[]; readonly total: number }>()),
  calibration: base.input(outcomeQuery).output(typed<Calibration>()),
  spend: base.input(spendQuery).output(typed<SpendReport>()),
  simulate: base.input(simulateQuery).output(typed<Simulation>()),
  prices: {
    /** The book, what is cached of the price APIs, and the user's own rows, which win. */
    list: base.output(typed<readonly PriceRow[]>()),
    override: base.input(priceOverride).output(typed<void>()),
    restore: base.input(z.strictObject({ id: z.string().max(256) })).output(typed<void>()),
  },
};
