import type { Measured, ModelCallFigures } from '#shared/model/model-call.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** What some model calls of one job add up to: a row of rs_job_call. */
export interface CallTotals {
  calls: number;
  input_tokens: number;
  input_known: number;
  output_tokens: number;
  output_known: number;
  first_token_ms: Milliseconds | null;
  load_ms: Milliseconds | null;
  prompt_tokens: number;
  prompt_ms: Milliseconds;
  generated_tokens: number;
  generated_ms: Milliseconds;
  speed_source: number;
}

const SPEED_SOURCES: Readonly<Record<Measured, number>> = { server: 1, client: 2, derived: 3 };
/** More is no count of tokens and no time of a call. */
const MAX_AMOUNT = 1e12;

/** Figures from a store may be anything. */
const amount = (value: unknown): number | null =>
  typeof value === 'number' && value >= 0 && value <= MAX_AMOUNT ? value : null;

/** Adds a call to the earlier ones of its job, the first of which began the batch. */
export function addCall(before: CallTotals | null, call: ModelCallFigures): CallTotals {
  const totals = before ?? {
    calls: 0,
    input_tokens: 0,
    input_known: 0,
    output_tokens: 0,
    output_known: 0,
    first_token_ms: amount(call.time_to_first_token_ms),
    load_ms: null,
    prompt_tokens: 0,
    prompt_ms: 0,
    generated_tokens: 0,
    generated_ms: 0,
    speed_source: 0,
  };
  totals.calls++;
  const input = amount(call.input_tokens);
  if (input !== null) {
    totals.input_tokens += input;
    totals.input_known++;
  }
  const output = amount(call.output_tokens);
  if (output !== null) {
    totals.output_tokens += output;
    totals.output_known++;
  }
  const load = loadOf(call);
  if (load !== null) totals.load_ms = (totals.load_ms ?? 0) + load;
  // Speeds of calls are no sum: their tokens and times are.
  const promptMs = msFor(input, call.prompt_tokens_per_second);
  if (input !== null && promptMs !== null) {
    totals.prompt_tokens += input;
    totals.prompt_ms += promptMs;
  }
  const generatedMs = msFor(output, call.output_tokens_per_second);
  if (output !== null && generatedMs !== null) {
    totals.generated_tokens += output;
    totals.generated_ms += generatedMs;
  }
  if (promptMs !== null || generatedMs !== null) {
    const source: unknown = call.speed_source;
    const known = typeof source === 'string' && Object.hasOwn(SPEED_SOURCES, source);
    if (known) totals.speed_source = Math.max(totals.speed_source, SPEED_SOURCES[source as Measured]);
  }
  return totals;
}

function msFor(tokens: number | null, perSecond: unknown): Milliseconds | null {
  const speed = amount(perSecond);
  return tokens === null || tokens === 0 || speed === null || speed === 0 ? null : (tokens / speed) * 1000;
}

function loadOf({ phases }: ModelCallFigures): Milliseconds | null {
  const list: unknown = phases;
  if (!Array.isArray(list)) return null;
  let load: Milliseconds | null = null;
  for (const phase of list as readonly unknown[]) {
    if (typeof phase !== 'object' || phase === null) continue;
    const { phase: name, ms } = phase as { readonly phase?: unknown; readonly ms?: unknown };
    const time = name === 'load' ? amount(ms) : null;
    if (time !== null) load = (load ?? 0) + time;
  }
  return load;
}
