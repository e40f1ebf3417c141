import type { Db } from '#core/store/database.ts';
import type { RsJobRow } from '#core/store/rows.ts';
import type { CostBasis, CostEstimate, EstimateGround, Rate } from '#shared/model/estimate.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { type Actual, actualCost, type TokensUsed, type Used } from './actual.ts';
import type { CostPlan } from './seams.ts';

/** How a job ended, as its workflow says; empty for one that was stopped or lost. */
export interface Ending {
  readonly cost_usd?: Usd | null | undefined;
  readonly cost_basis?: CostBasis | undefined;
  readonly used?: Used | undefined;
}

/** What estimates claimed and what came: rs_estimate and rs_outcome. Both are called inside a transaction. */
export interface Outcomes {
  /** The estimate that counts is the last one before the work. */
  recordEstimate(jobId: string, plan: CostPlan, estimate: CostEstimate, at: EpochSeconds): void;
  /**
   * Of a job whose board row has ended. Without an estimate nothing was spent and nothing is recorded. Answers what the
   * job cost.
   */
  recordOutcome(jobId: string, ending: Ending, at: EpochSeconds): Actual;
  /** What the ledger says an ended job's rentals cost. False where that was known, or there is no such outcome. */
  recordRentalCost(jobId: string, usd: Usd): boolean;
}

interface Ended
  extends Pick<
    RsJobRow,
    | 'kind'
    | 'status'
    | 'demo'
    | 'backend_type'
    | 'model'
    | 'agent'
    | 'cost_usd'
    | 'started_at'
    | 'duration_ms'
  > {
  readonly provider: string;
  readonly paid: number;
  readonly projected_usd: Usd | null;
  readonly ground_json: string | null;
}

const NOTHING: Actual = { usd: null, basis: 'unknown' };

export function createOutcomes(db: Db): Outcomes {
  const writeEstimate = db.prepare(`
INSERT OR REPLACE INTO rs_estimate (job_id, at, provider, paid, projected_usd, low_50, high_50, low_80, high_80,
  low_95, high_95, confidence, basis)
VALUES (@job_id, @at, @provider, @paid, @projected_usd, @low_50, @high_50, @low_80, @high_80, @low_95, @high_95,
  @confidence, @basis)`);
  const ended = db.prepare(`
SELECT kind, status, demo, backend_type, model, agent, cost_usd, started_at, duration_ms, e.provider, e.paid,
  e.projected_usd, json_extract(r.estimate_json, '$.rests_on') AS ground_json
FROM rs_job JOIN rs_estimate e USING (job_id) LEFT JOIN rs_job_run r USING (job_id)
WHERE job_id = ?`);
  const writeOutcome = db.prepare(`
INSERT OR IGNORE INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s,
  tokens_in, tokens_out, actual_usd, actual_basis, log_ratio, grounds)
VALUES (@job_id, @ended_at, @status, @demo, @provider, @backend_type, @model, @agent, @duration_s,
  @tokens_in, @tokens_out, @actual_usd, @actual_basis, @log_ratio, @grounds)`);
  const callsOf = tokenReader(db);
  const billed = db.prepare(
    "SELECT projected_usd FROM rs_outcome LEFT JOIN rs_estimate USING (job_id) WHERE job_id = @job_id AND (actual_usd IS NOT @usd OR actual_basis <> 'metered')",
  );
  const writeBill = db.prepare(
    "UPDATE rs_outcome SET actual_usd = @usd, actual_basis = 'metered', log_ratio = @log_ratio WHERE job_id = @job_id",
  );

  return {
    recordEstimate(job_id, { comparable, paid }, estimate, at) {
      const bound = (coverage: number) =>
        estimate.intervals.find((interval) => interval.coverage === coverage);
      writeEstimate.run({
        job_id,
        at,
        provider: comparable.provider,
        paid: paid ? 1 : 0,
        projected_usd: estimate.projected_cost_usd,
        low_50: bound(0.5)?.low_usd ?? null,
        high_50: bound(0.5)?.high_usd ?? null,
        low_80: bound(0.8)?.low_usd ?? null,
        high_80: bound(0.8)?.high_usd ?? null,
        low_95: bound(0.95)?.low_usd ?? null,
        high_95: bound(0.95)?.high_usd ?? null,
        confidence: estimate.confidence_score,
        basis: estimate.basis,
      });
    },

    recordOutcome(job_id, ending, at) {
      const job = ended.get(job_id) as Ended | undefined;
      if (job === undefined) return NOTHING;
      const used = job.started_at === null ? NOT_BEGUN : usedBy(job, ending, () => callsOf(job_id));
      const ground =
        job.ground_json === null ? null : (JSON.parse(job.ground_json) as Partial<EstimateGround>);
      const actual = actualOf(job, ending, used, ground?.price?.rate ?? null);
      // As long as all its steps, and as many tokens: no job of one agent may learn from that.
      const isChain = job.kind === 'chain';
      writeOutcome.run({
        job_id,
        ended_at: at,
        status: job.status,
        demo: job.demo,
        provider: job.provider,
        backend_type: job.backend_type,
        model: job.model,
        agent: job.agent,
        duration_s: isChain ? null : used.duration_seconds,
        tokens_in: isChain ? null : (used.tokens?.input ?? null),
        tokens_out: isChain ? null : (used.tokens?.output ?? null),
        actual_usd: actual.usd,
        actual_basis: actual.basis,
        log_ratio: logRatio(actual.usd, job.projected_usd),
        grounds: (ground?.tokens ?? ground?.duration_seconds)?.alike ?? null,
      });
      return actual;
    },

    recordRentalCost(job_id, usd) {
      const known = billed.get({ job_id, usd }) as { readonly projected_usd: Usd | null } | undefined;
      if (known === undefined) return false;
      writeBill.run({ job_id, usd, log_ratio: logRatio(usd, known.projected_usd) });
      return true;
    },
  };
}

/** A job that was stopped before its turn. */
const NOT_BEGUN: Used = { duration_seconds: 0, tokens: { input: 0, output: 0, counted_by: 'service' } };

/** As the workflow measured it; else by the wall clock and the calls that were seen. */
const usedBy = ({ duration_ms }: Ended, { used }: Ending, tokensSeen: () => TokensUsed | null): Used => ({
  // No time: the clock was set back past the start.
  duration_seconds:
    used?.duration_seconds ?? (duration_ms === null || duration_ms <= 0 ? null : duration_ms / 1000),
  tokens: used?.tokens ?? tokensSeen(),
});

function actualOf(job: Ended, { cost_usd, cost_basis }: Ending, used: Used, rate: Rate | null): Actual {
  if (cost_usd !== undefined && cost_usd !== null) return { usd: cost_usd, basis: cost_basis ?? 'unknown' };
  const actual = actualCost(rate, used);
  const metered = job.cost_usd;
  if (metered === null || (actual.usd !== null && (job.paid === 0 || actual.usd >= metered))) return actual;
  // What its meter had counted when it was stopped; the spans of its last calls may be lost with it.
  const paidBy = rate?.per === 'hour' ? 'metered' : 'counted-tokens';
  return { usd: metered, basis: job.paid === 1 ? paidBy : 'hardware-derived' };
}

const logRatio = (actual: Usd | null, projected: Usd | null): number | null =>
  actual !== null && projected !== null && actual > 0 && projected > 0
    ? Math.log(actual) - Math.log(projected)
    : null;

/**
 * Tokens of a job that did not come to its end, from the calls in its spans: null where one call did not say, where a
 * driver called a model by itself, or where its spans are not kept.
 */
function tokenReader(db: Db): (jobId: string) => TokensUsed | null {
  const kept = db.prepare('SELECT collector FROM rs_job_run WHERE job_id = ?').pluck();
  const counts = db.prepare(`
SELECT n.name, s.count FROM rs_job_number j JOIN rs_job_span s ON s.number = j.number
  JOIN rs_span_name n ON n.id = s.name_id
WHERE j.job_id = ? AND n.name IN ('agent.ask', 'driver.call', 'backend.chat')`);
  const totals = db.prepare(`
SELECT calls, input_tokens, input_known, output_tokens, output_known
FROM rs_job_number JOIN rs_job_call USING (number) WHERE job_id = ?`);
  return (jobId) => {
    if (kept.get(jobId) !== 'sqlite') return null;
    const seen = new Map(
      (counts.all(jobId) as { name: string; count: number }[]).map(({ name, count }) => [name, count]),
    );
    const counted_by = 'service';
    if (!seen.has('agent.ask')) return { input: 0, output: 0, counted_by };
    const sum = totals.get(jobId) as
      | Record<'calls' | 'input_tokens' | 'input_known' | 'output_tokens' | 'output_known', number>
      | undefined;
    const chats = seen.get('backend.chat') ?? 0;
    if (seen.has('driver.call') || sum === undefined) return null;
    const isWhole = sum.calls === chats && sum.input_known === chats && sum.output_known === chats;
    return isWhole ? { input: sum.input_tokens, output: sum.output_tokens, counted_by } : null;
  };
}
