import type { Db } from '#core/store/database.ts';
import type { OutcomeQuery } from '#shared/contract/costs.ts';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import type { Claim, LeftOut } from './calibration.ts';

/** What estimates of jobs claimed and what came; demo jobs are counted only. */
export interface OutcomeList {
  /** The newest estimates first, and how many there are in all. */
  outcomes(query: OutcomeQuery, limit: number): { outcomes: readonly EstimateOutcome[]; total: number };
  /** Estimates that can be judged, and how many cannot. */
  claims(query: OutcomeQuery): { claims: readonly Claim[]; leftOut: LeftOut };
}

export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** `column IN (...)`; nothing where every value will do. */
export const oneOf = (column: string, values: readonly string[] | undefined): readonly Condition[] =>
  values === undefined || values.length === 0
    ? []
    : [{ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] }];

/** From `from` on, before `to`; epoch seconds. */
export const between = (
  column: string,
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
): readonly Condition[] => [
  ...(from === undefined ? [] : [{ sql: `${column} >= ?`, values: [from] }]),
  ...(to === undefined ? [] : [{ sql: `${column} < ?`, values: [to] }]),
];

export const allOf = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.length === 0 ? 'TRUE' : conditions.map(({ sql }) => sql).join(' AND '),
  values: conditions.flatMap(({ values }) => values),
});

const narrowed = (query: OutcomeQuery): Condition =>
  allOf([
    ...between('e.at', query),
    ...oneOf('e.provider', query.provider),
    ...oneOf('j.backend_type', query.backend_type),
    ...oneOf('j.tenant_id', query.tenant_id),
  ]);

export function createOutcomeList(db: Db): OutcomeList {
  const ended = new Ended(db);
  return {
    outcomes(query, limit) {
      const { sql, values } = narrowed(query);
      const from = `FROM rs_estimate e CROSS JOIN rs_job j USING (job_id) WHERE j.demo = 0 AND ${sql}`;
      const outcomes = db
        .prepare(`
WITH newest AS MATERIALIZED (SELECT e.job_id, e.at ${from} ORDER BY e.at DESC, e.job_id LIMIT ?)
SELECT job_id, n.at AS estimated_at, o.ended_at, j.status, j.tenant_id, j.kind, e.provider, j.backend_type, j.model,
  j.agent, e.projected_usd, e.low_80 AS low_usd, e.high_80 AS high_usd, e.confidence AS confidence_score, e.basis,
  o.actual_usd, coalesce(o.actual_basis, 'unknown') AS actual_basis
FROM newest n CROSS JOIN rs_estimate e USING (job_id) CROSS JOIN rs_job j USING (job_id)
  LEFT JOIN rs_outcome o USING (job_id)
ORDER BY n.at DESC, job_id`)
        .all(...values, limit) as EstimateOutcome[];
      const total = db
        .prepare(`SELECT count(*) ${from}`)
        .pluck()
        .get(...values) as number;
      return { outcomes, total };
    },

    claims(query) {
      const { from = -Infinity, to = Infinity, provider = [], backend_type = [], tenant_id } = query;
      const isMeant = ({ at, claim }: Judgeable): boolean =>
        at >= from &&
        at < to &&
        (provider.length === 0 || provider.includes(claim.provider)) &&
        (backend_type.length === 0 || backend_type.includes(claim.backend_type ?? ''));
      const claims: Claim[] = [];
      const counts = { demo: 0, unsuccessful: 0, cost_unknown: 0, free: 0 };
      for (const one of ended.of(tenant_id)) {
        if (!isMeant(one)) continue;
        if (one.why === null) claims.push(one.claim);
        else counts[one.why]++;
      }
      const { sql, values } = narrowed(query);
      const [open, demo] = db
        .prepare(`
SELECT count(*) FILTER (WHERE j.demo = 0), count(*) FILTER (WHERE j.demo = 1)
FROM rs_job j CROSS JOIN rs_estimate e USING (job_id) WHERE j.status IN ('queued', 'running') AND ${sql}`)
        .raw(true)
        .get(...values) as [open: number, demo: number];
      return { claims, leftOut: { ...counts, demo: counts.demo + demo, not_ended: open } };
    },
  };
}

interface Judgeable {
  readonly at: EpochSeconds;
  /** Why it cannot be judged. */
  readonly why: 'demo' | 'unsuccessful' | 'cost_unknown' | 'free' | null;
  readonly claim: Claim;
}

/** Outcomes are only ever added: each is read once, and those of all tenants are kept. */
class Ended {
  private readonly db: Db;
  private readonly known: Judgeable[] = [];
  private last = 0;

  constructor(db: Db) {
    this.db = db;
  }

  of(tenants: readonly string[] | undefined): readonly Judgeable[] {
    if (tenants !== undefined && tenants.length > 0) return this.read(0, tenants).map(judgeable);
    for (const row of this.read(this.last, undefined)) {
      this.known.push(judgeable(row));
      this.last = row[0];
    }
    return this.known;
  }

  private read(after: number, tenants: readonly string[] | undefined): readonly ClaimRow[] {
    const { sql, values } = allOf([
      { sql: 'o.seq > ?', values: [after] },
      ...oneOf('coalesce(j.tenant_id, d.tenant_id)', tenants),
    ]);
    // A job's row is wide, and is needed for its tenant only.
    const job =
      tenants === undefined ? '' : 'LEFT JOIN rs_job j USING (job_id) LEFT JOIN rs_retired d USING (job_id)';
    return this.db
      .prepare(`
SELECT o.seq, e.at, o.demo, o.status, e.provider, o.backend_type, e.projected_usd, e.low_50, e.high_50, e.low_80,
  e.high_80, e.low_95, e.high_95, e.confidence, o.actual_usd
FROM rs_outcome o CROSS JOIN rs_estimate e USING (job_id) ${job} WHERE ${sql} ORDER BY o.seq`)
      .raw(true)
      .all(...values) as ClaimRow[];
  }
}

type Figure = Usd | null;
type ClaimRow = readonly [
  seq: number,
  at: EpochSeconds,
  demo: number,
  status: string,
  provider: Claim['provider'],
  backend_type: string | null,
  projected: Figure,
  low_50: Figure,
  high_50: Figure,
  low_80: Figure,
  high_80: Figure,
  low_95: Figure,
  high_95: Figure,
  confidence: number,
  actual: Figure,
];

function judgeable(row: ClaimRow): Judgeable {
  const [_, at, demo, status, provider, backend_type, projected, low_50, high_50, low_80, high_80] = row;
  const [low_95, high_95, confidence, actual] = [row[11], row[12], row[13], row[14]];
  return {
    at,
    why:
      demo !== 0
        ? 'demo'
        : status !== 'succeeded'
          ? 'unsuccessful'
          : projected === null || actual === null
            ? 'cost_unknown'
            : projected <= 0
              ? 'free'
              : null,
    claim: {
      provider,
      backend_type,
      projected: projected ?? Number.NaN,
      low_50,
      high_50,
      low_80,
      high_80,
      low_95,
      high_95,
      confidence,
      actual: actual ?? Number.NaN,
    },
  };
}
