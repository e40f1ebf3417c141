import type { Milliseconds } from './units.ts';

/** Who measured a figure: the server that ran the model, this app's clock, or arithmetic on those. */
export type Measured = 'server' | 'client' | 'derived';

/** One phase of a model call, in order of time; drawn inside its bar. */
export interface CallPhase {
  readonly phase: 'load' | 'prompt_eval' | 'first_token' | 'generation' | 'other';
  readonly ms: Milliseconds;
  readonly source: Measured;
}

/** Tokens and times of one model call. Absent is null, never 0. */
export interface ModelCallFigures {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly tokens_source: Measured | null;
  /** Request sent to first token received. */
  readonly time_to_first_token_ms: Milliseconds | null;
  readonly output_tokens_per_second: number | null;
  readonly prompt_tokens_per_second: number | null;
  readonly speed_source: Measured | null;
  /** The whole call as the server states it: what the span has beyond it is the way there and back. */
  readonly server_total_ms?: Milliseconds | null | undefined;
  readonly phases: readonly CallPhase[];
}

/** The attribute of a `backend.chat` span that holds its ModelCallFigures. */
export const MODEL_CALL_ATTRIBUTE = 'rune.model_call';
