import type { Actual, Used } from '#core/costs/actual.ts';
import { createEstimator, type Estimator } from '#core/costs/estimate.ts';
import { createHistory } from '#core/costs/history.ts';
import { createOutcomes } from '#core/costs/outcomes.ts';
import type { CostPlan, Prices } from '#core/costs/seams.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { CostEstimate, PriceUsed } from '#shared/model/estimate.ts';

/** $0.50 an hour, as the caller gave it. */
export const FIXED_PRICE: PriceUsed = {
  rate: { per: 'hour', usd: 0.5 },
  source: 'given',
  as_of: null,
  title: '$0.50 per hour',
  log_sigma: 0,
};

export const pricedAt = (price: PriceUsed | null, warning: string | null = null): Prices => ({
  quote: async () => (price === null ? null : { price, warning }),
});

/** A rental of the prompt agent; what differs is given. */
export function rentalPlan(
  more: Partial<CostPlan['comparable']> = {},
  plan: Partial<CostPlan> = {},
): CostPlan {
  return {
    comparable: {
      provider: 'vastai',
      backend_type: 'ollama',
      model: 'llama3.1:8b',
      agent: 'prompt',
      ...more,
    },
    wanted: { kind: 'rental', min_dph: 0.5, max_dph: 0.5 },
    paid: true,
    demo: false,
    duration_seconds: null,
    ...plan,
  };
}

export interface EndedCostJob {
  readonly job_id?: string;
  readonly status?: 'succeeded' | 'failed' | 'cancelled';
  readonly used?: Used;
  /** Epoch seconds. */
  readonly at?: number;
  readonly wallMs?: number | null;
  /** False: it ended while it was queued. */
  readonly begun?: boolean;
}

export interface CostStore {
  readonly db: Db;
  estimator(prices: Prices): Estimator;
  /** A job with its estimate, ended as given: what the job store writes of it. */
  end(plan: CostPlan, estimate: CostEstimate, job?: EndedCostJob): Actual;
  close(): void;
}

/** The tables of a store in memory (or the file at `path`), and the statistics over them. */
export function costStore(path = ':memory:'): CostStore {
  const db = openDatabase(path, 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  const history = createHistory(db);
  const outcomes = createOutcomes(db);
  const settings = settingsSchema.parse({});
  const addJob = db.prepare(`
INSERT INTO rs_job (job_id, tenant_id, kind, status, demo, agent, backend_type, model, created_at, started_at,
  finished_at, updated_at, duration_ms)
VALUES (?, 'default', 'agentic-agent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addRun = db.prepare(
    "INSERT INTO rs_job_run (job_id, collector, estimate_json) VALUES (?, 'null', ?)",
  );
  let jobs = 0;
  return {
    db,
    estimator: (prices) =>
      createEstimator({ prices, history, settings: () => settings, scopeOf: () => 'SRE' }),
    end(
      plan,
      estimate,
      { job_id = `job-${++jobs}`, status = 'succeeded', used, at = 1_000_000, wallMs, begun = true } = {},
    ) {
      const { backend_type, model, agent } = plan.comparable;
      const duration = wallMs === undefined ? (used?.duration_seconds ?? 1) * 1000 : wallMs;
      return db.transaction(() => {
        addJob.run(
          job_id,
          status,
          plan.demo ? 1 : 0,
          agent,
          backend_type,
          model,
          at,
          begun ? at : null,
          at,
          at,
          duration,
        );
        addRun.run(job_id, JSON.stringify(estimate));
        outcomes.recordEstimate(job_id, plan, estimate, at);
        return outcomes.recordOutcome(job_id, { used }, at);
      })();
    },
    close: () => void db.close(),
  };
}
