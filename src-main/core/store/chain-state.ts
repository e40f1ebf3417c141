import { z } from 'zod';
import {
  CHAIN_STATES,
  type ChainEdge,
  type ChainNode,
  type ChainNodeState,
  type ChainState,
  overallOf,
} from '#shared/model/chain.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Db } from './database.ts';
import { parseObject } from './lenient-json.ts';
import { prepared } from './prepared.ts';

export interface ChainGraph {
  readonly nodes: readonly ChainNode[];
  readonly edges: readonly ChainEdge[];
}

/** What a store of others may hold is cut to this. */
const MAX_NODES = 10_000;

const time = z.number().nullable().catch(null);
const text = z.string().catch('');
const state = z.enum(CHAIN_STATES).catch('pending');
const node = z.looseObject({
  id: z.string(),
  agent_name: text,
  status: state,
  started_at: time,
  finished_at: time,
  error: z.string().nullable().catch(null),
});
const edge = z.looseObject({ from: z.string(), to: z.string() });

/** The steps in RUNE's chain_state, or in an archived result; what is none of them is left out. */
export function chainOf(runId: string, value: JsonObject | null, overall: unknown): ChainState {
  const of = <T>(list: unknown, schema: z.ZodType<T>): T[] =>
    Array.isArray(list)
      ? list.slice(0, MAX_NODES).flatMap((one) => {
          const parsed = schema.safeParse(one);
          return parsed.success ? [parsed.data] : [];
        })
      : [];
  const nodes = of(value?.nodes, node).map(
    ({ id, agent_name, status, started_at, finished_at, error }): ChainNode => ({
      id,
      agent_name,
      status,
      started_at,
      finished_at,
      error,
    }),
  );
  const ids = new Set(nodes.map(({ id }) => id));
  return {
    run_id: runId,
    overall_status: CHAIN_STATES.find((one) => one === overall) ?? overallOf(nodes),
    nodes,
    edges: of(value?.edges, edge)
      .filter(({ from, to }) => ids.has(from) && ids.has(to))
      .map(({ from, to }) => ({ from, to })),
  };
}

/** The state of a job's chain; null where none is written, which is so before it begins. */
export function readChain(db: Db, jobId: string): ChainState | null {
  const has = prepared(db, "SELECT count(*) FROM pragma_table_info('chain_state') WHERE name = 'state_json'");
  if (has.pluck().get() === 0) return null;
  const row = prepared(db, 'SELECT state_json, overall_status FROM chain_state WHERE job_id = ?').get(
    jobId,
  ) as { readonly state_json: unknown; readonly overall_status: unknown } | undefined;
  return row === undefined ? null : chainOf(jobId, parseObject(row.state_json).value, row.overall_status);
}

/** In the caller's transaction. */
export function writeChain(
  db: Db,
  jobId: string,
  { nodes, edges }: ChainGraph,
  at: EpochSeconds,
  overall: ChainNodeState = overallOf(nodes),
): void {
  prepared(
    db,
    `INSERT INTO chain_state (job_id, state_json, overall_status, updated_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (job_id) DO UPDATE SET state_json = excluded.state_json,
       overall_status = excluded.overall_status, updated_at = excluded.updated_at`,
  ).run(jobId, JSON.stringify({ nodes, edges }), overall, at);
}

/**
 * Of a job that has ended, however: what ran has failed, what waited is skipped. Where nothing ran just then, the step
 * whose turn it was has failed, or by RUNE's rule a chain that was stopped would be a success.
 */
export function endChain(db: Db, jobId: string, why: string, at: EpochSeconds): void {
  const chain = readChain(db, jobId);
  if (chain === null || !chain.nodes.some(isOpen)) return;
  const hasFailed = chain.nodes.some(({ status }) => status === 'failed' || status === 'running');
  const next = hasFailed ? undefined : chain.nodes.find(({ status }) => status === 'pending');
  const nodes = chain.nodes.map((one): ChainNode => {
    if (one.status === 'running' || one === next)
      return { ...one, status: 'failed', finished_at: at, error: one.error ?? why };
    return one.status === 'pending' ? { ...one, status: 'skipped', error: one.error ?? why } : one;
  });
  writeChain(db, jobId, { nodes, edges: chain.edges }, at);
}

const OPEN: readonly ChainNodeState[] = ['pending', 'running'];
const isOpen = ({ status }: ChainNode): boolean => OPEN.includes(status);
