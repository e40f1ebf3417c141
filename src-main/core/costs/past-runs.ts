import type { Db } from '#core/store/database.ts';
import type { SimulateQuery } from '#shared/contract/costs.ts';
import type { Seconds } from '#shared/model/units.ts';
import { allOf, type Condition } from './outcome-list.ts';

/** A run that succeeded and is like what is asked for. */
export interface PastRun {
  readonly duration_s: Seconds;
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
  readonly kind: string;
  /** From its creation to its last change: what RUNE takes for its duration. */
  readonly board_s: Seconds;
  /** Its suite, where RUNE looks for it. */
  readonly top_hash: string | null;
}

/** RUNE looks at as many. */
const LOOKED_AT = 2000;

const hashAt = (path: string): string =>
  `CASE WHEN typeof(r.request_json) = 'text' AND json_valid(r.request_json) THEN json_extract(r.request_json, '${path}') END`;
const TOP = hashAt('$.template_hash');

/** Clients may put a scope before an agent's name. */
const bareAgent = (agent: string): string => agent.slice(agent.lastIndexOf(':') + 1);

/** The newest first. Demo jobs are not among them. */
export function pastRuns(
  db: Db,
  { agent, model, suite, tenant_id }: Pick<SimulateQuery, 'agent' | 'model' | 'suite' | 'tenant_id'>,
): readonly PastRun[] {
  const wanted: readonly Condition[] = [
    ...(agent === '' ? [] : [{ sql: 'o.agent = ? COLLATE NOCASE', values: [bareAgent(agent)] }]),
    ...(model === '' ? [] : [{ sql: 'o.model = ?', values: [model] }]),
    ...(tenant_id === undefined ? [] : [{ sql: 'j.tenant_id = ?', values: [tenant_id] }]),
    ...(suite === ''
      ? []
      : [
          {
            sql: `j.kind = 'benchmark' AND ? IN (${TOP}, ${hashAt('$.provisioning.vastai.template_hash')})`,
            values: [suite],
          },
        ]),
  ];
  const { sql, values } = allOf(wanted);
  return db
    .prepare(`
SELECT o.duration_s, o.tokens_in, o.tokens_out, j.kind, j.updated_at - j.created_at AS board_s, ${TOP} AS top_hash
FROM rs_outcome o CROSS JOIN rs_job j USING (job_id) LEFT JOIN jobs r USING (job_id)
WHERE o.status = 'succeeded' AND o.demo = 0 AND o.duration_s > 0 AND j.kind IN ('agentic-agent', 'benchmark') AND ${sql}
ORDER BY o.seq DESC LIMIT ${LOOKED_AT}`)
    .all(...values) as PastRun[];
}
