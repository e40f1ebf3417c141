import { isSuspectedFailure } from '#shared/model/agent-result.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';
import { numberAt, objectAt, parseObject, textAt } from './lenient-json.ts';
import type { RuneJobRow } from './rows.ts';

/** What a job's payloads say, whichever RUNE wrote them (reference: job store §7), and what had to be guessed. */
export interface JobFacts {
  readonly agent: string | null;
  readonly backend_type: string | null;
  readonly backend_url: string | null;
  readonly provider_type: string | null;
  readonly model: string | null;
  readonly question: string | null;
  readonly cost_usd: Usd | null;
  readonly estimate_usd: Usd | null;
  readonly tokens_total: number | null;
  /** What the model read, and what it wrote, thoughts included. */
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
  readonly suspected_failure: boolean;
  readonly notes: readonly string[];
}

export interface Payload {
  readonly request: JsonObject | null;
  readonly result: JsonObject | null;
  readonly notes: readonly string[];
}

/** The two JSON columns of a job. What is no JSON object becomes null and a note. */
export function readPayload(job: Pick<RuneJobRow, 'request_json' | 'result_json'>): Payload {
  const request = parseObject(job.request_json);
  const result = parseObject(job.result_json);
  const notes: string[] = [];
  if (request.oddity !== null) notes.push(`The request ${request.oddity}.`);
  if (result.oddity !== null) notes.push(`The result ${result.oddity}.`);
  return { request: request.value, result: result.value, notes };
}

/** Kinds that ask an agent; RUNE's default agent and backend apply where a request does not name them. */
const ASKING = new Set(['agentic-agent', 'benchmark']);
const USES_BACKEND = new Set([...ASKING, 'llm-instance', 'ollama-instance', 'chain']);

export function factsOf(kind: string, { request, result }: Payload): JobFacts {
  const notes: string[] = [];
  const asks = ASKING.has(kind);

  let agent = textAt(request, 'agent');
  if (agent === null && asks) {
    agent = 'holmes';
    notes.push('agent: not in the request; RUNE then uses holmes.');
  }

  const wanted = textAt(request, 'backend_type');
  // "vastai" once stood where the backend's type belongs: it says where the server runs, and Ollama ran there.
  let backendType = wanted === 'vastai' ? 'ollama' : wanted;
  if (backendType === null && (USES_BACKEND.has(kind) || hasOllamaNames(request))) {
    backendType = 'ollama';
    notes.push('backend_type: not in the request; RUNE then uses ollama.');
  }

  const rented =
    wanted === 'vastai' ||
    request?.vastai === true ||
    objectAt(objectAt(request, 'provisioning'), 'vastai') !== null ||
    textAt(result, 'mode') === 'vastai';
  const cost = costOf(kind, result);
  const tokens = tokensOf(result);
  notes.push(...cost.notes, ...tokens.notes);
  return {
    agent,
    backend_type: backendType,
    backend_url:
      textAt(result, 'backend_url') ??
      textAt(result, 'ollama_url') ??
      textAt(request, 'backend_url') ??
      textAt(request, 'ollama_url'),
    provider_type: rented ? 'vastai' : USES_BACKEND.has(kind) ? 'existing' : null,
    // A rented GPU decides the model by its memory, whatever the request said.
    model: textAt(result, 'model_name') ?? textAt(request, 'model'),
    // A chain asks many: it is known by its name.
    question: textAt(request, 'question') ?? (kind === 'chain' ? textAt(request, 'name') : null),
    cost_usd: cost.cost_usd,
    estimate_usd: cost.estimate_usd,
    tokens_total: tokens.total,
    tokens_in: tokens.input,
    tokens_out: tokens.output,
    suspected_failure: isSuspectedFailure(textAt(result, 'answer') ?? ''),
    notes,
  };
}

const hasOllamaNames = (request: JsonObject | null): boolean =>
  request !== null && ('ollama_url' in request || 'ollama_warmup' in request);

function costOf(
  kind: string,
  result: JsonObject | null,
): { readonly cost_usd: Usd | null; readonly estimate_usd: Usd | null; readonly notes: readonly string[] } {
  if (kind === 'cost-estimate') {
    // RUNE answers a failed estimate with 0 dollars and the driver "error".
    const failed = textAt(result, 'cost_driver') === 'error';
    return {
      cost_usd: null,
      estimate_usd: failed ? null : numberAt(result, 'projected_cost_usd'),
      notes: [],
    };
  }
  const cost =
    numberAt(objectAt(result, 'metadata'), 'cost') ??
    numberAt(objectAt(result, 'telemetry'), 'cost_estimate_usd');
  const notes = cost === 0 ? ['cost: recorded as 0; RUNE rounds to whole cents.'] : [];
  return { cost_usd: cost, estimate_usd: null, notes };
}

const TOKEN_PARTS = ['system_prompt', 'tool_calls', 'agent_reasoning', 'output'];

function tokensOf(result: JsonObject | null): {
  readonly total: number | null;
  readonly input: number | null;
  readonly output: number | null;
  readonly notes: readonly string[];
} {
  const tokens = objectAt(objectAt(result, 'telemetry'), 'tokens');
  const total = numberAt(tokens, 'total');
  // RUNE writes 0 for what a driver left out.
  const answer = Math.max(0, numberAt(tokens, 'output') ?? 0);
  const output = answer === 0 ? null : answer + Math.max(0, numberAt(tokens, 'agent_reasoning') ?? 0);
  if (total !== null && total > 0) {
    const input = output !== null && total > output ? total - output : null;
    return { total, input, output, notes: [] };
  }
  const sum = TOKEN_PARTS.reduce((so_far, part) => so_far + (numberAt(tokens, part) ?? 0), 0);
  return sum > 0
    ? { total: sum, input: null, output, notes: ['tokens: the total is the sum of the recorded parts.'] }
    : { total: null, input: null, output, notes: [] };
}
