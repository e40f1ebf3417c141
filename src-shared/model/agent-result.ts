import type { JsonObject } from './job.ts';

export const RESULT_TYPES = ['text', 'image', 'structured', 'report'] as const;

/** RUNE's telemetry block: token counts default to 0 where a driver left them out. */
export interface AgentTelemetry {
  readonly tokens: {
    readonly system_prompt: number;
    readonly tool_calls: number;
    readonly agent_reasoning: number;
    readonly output: number;
    readonly total: number;
  };
  readonly latency: readonly { readonly phase: string; readonly ms: number }[];
  readonly cost_estimate_usd: number | null;
}

/** What an agent returns for one question; RUNE's AgentResult. */
export interface AgentResult {
  readonly answer: string;
  /** One of RESULT_TYPES, or whatever a driver said: RUNE never checks it. */
  readonly result_type: string;
  readonly artifacts: readonly JsonObject[];
  readonly metadata: JsonObject;
  readonly telemetry: AgentTelemetry | null;
}

// The four shapes in which RUNE's drivers return a failure as a normal answer (reference: drivers, "Trap").
const DISGUISED = [/^Error: /, /^[\w .-]+ error: /, /: Timeout waiting for /, / failed: /];

/** True when an answer reads like an error message. A suspicion to show, never a reason to fail the job. */
export const isSuspectedFailure = (answer: string): boolean =>
  DISGUISED.some((pattern) => pattern.test(answer.slice(0, 500)));
