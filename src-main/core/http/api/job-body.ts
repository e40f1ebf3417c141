import type { Env } from '#core/ports/ports.ts';
import {
  agenticAgentRequest,
  benchmarkRequest,
  chainRequest,
  costEstimateRequest,
  llmInstanceRequest,
} from '#shared/contract/requests.ts';
import { JOB_KINDS, type JobKind } from '#shared/model/job.ts';

type Body = Readonly<Record<string, unknown>>;

/** RUNE's older name of a kind. */
const ALIASES = new Map<string, JobKind>([['ollama-instance', 'llm-instance']]);
export const kindOf = (name: string): JobKind | null =>
  ALIASES.get(name) ?? JOB_KINDS.find((kind) => kind === name) ?? null;

const REQUESTS = {
  'agentic-agent': agenticAgentRequest,
  benchmark: benchmarkRequest,
  'llm-instance': llmInstanceRequest,
  'cost-estimate': costEstimateRequest,
  chain: chainRequest,
} as const;

/** The schema of a kind's request. */
export const requestSchema = (kind: JobKind) => REQUESTS[kind];

/** RUNE ignores what it does not know in these; in the others it is a typo. */
const LENIENT: readonly JobKind[] = ['benchmark', 'llm-instance'];
/** What rune-ui and the operators send with every job, whatever its kind. */
const SENT_TOO = ['region', 'aws', 'gcp', 'azure'];
const RENTAL = ['vastai', 'template_hash', 'min_dph', 'max_dph', 'reliability', 'vastai_stop_instance'];
/** Ollama-named and flat fields are moved by the contract. */
const OLDER = ['ollama_url', 'ollama_warmup', 'ollama_warmup_timeout', ...RENTAL];
/** An agent's own job never rents: what it says of it is dropped. */
const NOT_RENTED: readonly JobKind[] = ['agentic-agent', 'chain'];

/** Where zero and "" stand for "nobody said" (reference: rune-api §12). */
const ZERO_IS_ABSENT = new Set([
  'backend_warmup_timeout',
  'ollama_warmup_timeout',
  'timeout',
  'estimated_duration_seconds',
]);
const EMPTY_IS_ABSENT = new Set([
  'agent',
  'backend_type',
  'backend_url',
  'ollama_url',
  'kubeconfig',
  'model',
]);

const isAbsent = (key: string, value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (value === 0 && ZERO_IS_ABSENT.has(key)) ||
  (value === '' && EMPTY_IS_ABSENT.has(key));

const present = (body: Body): Body =>
  Object.fromEntries(Object.entries(body).filter(([key, value]) => !isAbsent(key, value)));
const without = (body: Body, keys: readonly string[]): Body =>
  Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
const objectOf = (value: unknown): Body | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : null;

/** RUNE's defaults where a body says "vastai" and nothing more (reference: jobs §2). */
const RUNE_TEMPLATE = 'c166c11f035d3a97871a23bd32ca6aba';
const runeRental = (env: Env): Body => ({
  vastai: {
    template_hash: env.RUNE_VASTAI_TEMPLATE?.trim() || RUNE_TEMPLATE,
    min_dph: 0,
    max_dph: 10,
    reliability: 0.9,
  },
});

/** A job's body as any client of RUNE sends it, made what the contract takes. What is a typo stays, to be refused. */
export function jobBody(kind: JobKind, sent: Body, env: Env): Record<string, unknown> {
  if (kind === 'cost-estimate') return estimateBody(sent);
  let body = present(without(sent, SENT_TOO));
  if (NOT_RENTED.includes(kind)) {
    body = without(body, [...RENTAL, 'provisioning']);
    if (kind === 'agentic-agent' && body.attestation_required === false)
      body = without(body, ['attestation_required']);
  }
  if (LENIENT.includes(kind)) {
    const known = [...Object.keys(requestSchema(kind).shape), ...OLDER];
    body = Object.fromEntries(Object.entries(body).filter(([key]) => known.includes(key)));
  }
  if (body.backend_type === 'vastai') {
    const rents = !NOT_RENTED.includes(kind) && body.provisioning === undefined && body.vastai !== true;
    body = { ...body, backend_type: 'ollama', ...(rents ? { provisioning: runeRental(env) } : {}) };
  }
  if (typeof body.agent === 'string')
    body = { ...body, agent: body.agent.slice(body.agent.lastIndexOf(':') + 1) };
  return { ...body };
}

/** The body of an estimate: what rune-ui nests or adds is understood or dropped, what nobody sends stays. */
export function estimateBody(sent: Body): Record<string, unknown> {
  const { provisioning, ...flat } = present(sent);
  const rental = objectOf(objectOf(provisioning)?.vastai);
  const known = without(flat, ['region', 'template_hash', 'reliability', 'vastai_stop_instance']);
  if (rental === null) return { ...known };
  const { min_dph = 0, max_dph = 0 } = rental;
  return { min_dph, max_dph, ...known, vastai: true };
}
