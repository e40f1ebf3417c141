import type { LlmBackend } from '#core/backends/backend.ts';
import type { AgentResult } from '#shared/model/agent-result.ts';

export interface AgentQuestion {
  readonly question: string;
  readonly model: string;
  /** Null when the agent brings its own model service. */
  readonly backend: LlmBackend | null;
  readonly kubeconfig: string | null;
  readonly context_window: number | null;
  readonly max_output_tokens: number | null;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** The AgentRunner boundary: asks one question. Failures are CodedErrors `agent.*`, `driver.*` or `backend.*`. */
export interface AgentRunner {
  readonly agent_name: string;
  ask(question: AgentQuestion): Promise<AgentResult>;
}
