import type { EpochSeconds } from './units.ts';

/** RUNE's states, and `skipped`: a step that something it needs has failed. */
export const CHAIN_STATES = ['pending', 'running', 'success', 'failed', 'skipped'] as const;
export type ChainNodeState = (typeof CHAIN_STATES)[number];

export interface ChainNode {
  /** The step's name. */
  readonly id: string;
  readonly agent_name: string;
  readonly status: ChainNodeState;
  readonly started_at: EpochSeconds | null;
  readonly finished_at: EpochSeconds | null;
  readonly error: string | null;
}

export interface ChainEdge {
  readonly from: string;
  readonly to: string;
}

/** What RUNE's chain_state holds, and GET /v1/chains/{id}/state answers. */
export interface ChainState {
  readonly run_id: string;
  readonly overall_status: ChainNodeState;
  readonly nodes: readonly ChainNode[];
  readonly edges: readonly ChainEdge[];
}

/** RUNE's rule, the first that holds (reference: job store §5). */
export function overallOf(nodes: readonly Pick<ChainNode, 'status'>[]): ChainNodeState {
  const has = (state: ChainNodeState): boolean => nodes.some(({ status }) => status === state);
  if (has('failed')) return 'failed';
  if (has('running')) return 'running';
  if (has('pending') || nodes.length === 0) return 'pending';
  return nodes.every(({ status }) => status === 'skipped') ? 'skipped' : 'success';
}
