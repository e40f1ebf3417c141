import type { CallPhase, Measured, ModelCallFigures } from '#shared/model/model-call.ts';

/** Times one streamed answer with this app's clock. */
export class CallClock {
  private readonly started = performance.now();
  private firstToken: number | null = null;
  private lastToken: number | null = null;

  token(): void {
    this.lastToken = performance.now();
    this.firstToken ??= this.lastToken;
  }

  get timeToFirstTokenMs(): number | null {
    return this.firstToken === null ? null : this.firstToken - this.started;
  }

  get generationMs(): number | null {
    return this.firstToken === null || this.lastToken === null ? null : this.lastToken - this.firstToken;
  }
}

export interface ServerFigures {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly load_ms: number | null;
  readonly prompt_eval_ms: number | null;
  readonly generation_ms: number | null;
  /** As the server states them; null: computed from its counts and times. */
  readonly prompt_per_second: number | null;
  readonly output_per_second: number | null;
  /** The whole call. */
  readonly total_ms: number | null;
}

/**
 * One model call's figures. Where the server gives times they fill the bar, and what is left until the first token
 * arrived is the way there and back:
 *
 *   server  |load|prompt_eval|first_token|------generation------|
 *   client  |------- first_token --------|------generation------|
 */
export function figuresOf(server: ServerFigures, clock: CallClock): ModelCallFigures {
  const ttft = clock.timeToFirstTokenMs;
  const phases: CallPhase[] = [];
  const add = (phase: CallPhase['phase'], ms: number | null, source: Measured) => {
    if (ms !== null && ms > 0) phases.push({ phase, ms, source });
  };
  const serverTimed = server.prompt_eval_ms !== null || server.generation_ms !== null;
  add('load', server.load_ms, 'server');
  add('prompt_eval', server.prompt_eval_ms, 'server');
  if (ttft !== null) {
    const explained = (server.load_ms ?? 0) + (server.prompt_eval_ms ?? 0);
    add('first_token', ttft - explained, explained > 0 ? 'derived' : 'client');
  }
  if (serverTimed) add('generation', server.generation_ms, 'server');
  else add('generation', clock.generationMs, 'client');

  const output = speed(
    server.output_per_second,
    server.output_tokens,
    server.generation_ms,
    clock.generationMs,
  );
  return {
    input_tokens: server.input_tokens,
    output_tokens: server.output_tokens,
    tokens_source: server.input_tokens === null && server.output_tokens === null ? null : 'server',
    time_to_first_token_ms: ttft,
    output_tokens_per_second: output.value,
    prompt_tokens_per_second: server.prompt_per_second ?? rate(server.input_tokens, server.prompt_eval_ms),
    speed_source: output.source,
    server_total_ms: server.total_ms,
    phases,
  };
}

const rate = (count: number | null, ms: number | null): number | null =>
  count === null || ms === null || ms <= 0 ? null : (count / ms) * 1000;

function speed(
  stated: number | null,
  tokens: number | null,
  serverMs: number | null,
  clientMs: number | null,
): { readonly value: number | null; readonly source: Measured | null } {
  if (stated !== null) return { value: stated, source: 'server' };
  // Between first and last token lie all tokens but the first.
  const value = rate(tokens, serverMs) ?? (tokens === null || tokens < 2 ? null : rate(tokens - 1, clientMs));
  return { value, source: value === null ? null : 'derived' };
}
