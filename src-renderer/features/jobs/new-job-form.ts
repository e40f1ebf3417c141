import { isRemote } from '#renderer/client/sources.ts';
import {
  BACKEND_TYPES,
  type BackendType,
  JOB_KINDS,
  type JobKind,
  type JsonObject,
} from '#shared/model/job.ts';
import { OWN, type SourceId } from '#shared/model/source.ts';
import { CHAIN_EXAMPLE } from './chain-example.ts';
import { canRent, type RentalForm, rentalOfRequest, rentalRequest } from './rental-form.ts';

/** What the form holds: text as typed, so that nothing is lost while a number is half written. */
export interface NewJobForm {
  /** The source that runs it: this computer or a remote. */
  readonly at: SourceId;
  readonly kind: JobKind;
  readonly tenant: string;
  readonly collector: 'sqlite' | 'memory' | 'null';
  readonly agent: string;
  readonly backendType: BackendType;
  readonly backendUrl: string;
  readonly model: string;
  readonly question: string;
  readonly warmup: boolean;
  readonly warmupTimeout: string;
  readonly timeout: string;
  readonly kubeconfig: string;
  readonly attestation: boolean;
  readonly tdpWatts: string;
  readonly energyRate: string;
  readonly duration: string;
  /** The machine that is rented for it; null: it runs where a server is already. */
  readonly rental: RentalForm | null;
  /** The steps of a chain as text. */
  readonly chainText: string;
  /** What the text holds; null while it is not read yet, or not right. */
  readonly chain: JsonObject | null;
  /** Fields of the request being edited that this form does not show; sent along unchanged. */
  readonly others: JsonObject;
}

export const EMPTY_FORM: NewJobForm = {
  at: OWN,
  kind: 'agentic-agent',
  tenant: 'default',
  collector: 'sqlite',
  agent: 'prompt',
  backendType: 'demo',
  backendUrl: '',
  model: 'demo',
  question: '',
  warmup: true,
  warmupTimeout: '300',
  timeout: '',
  kubeconfig: '',
  attestation: false,
  tdpWatts: '',
  energyRate: '',
  duration: '3600',
  rental: null,
  chainText: CHAIN_EXAMPLE,
  chain: null,
  others: {},
};

/** Which field of the form holds which field of the request. */
const FIELDS: Readonly<Record<string, keyof NewJobForm>> = {
  agent: 'agent',
  backend_type: 'backendType',
  backend_url: 'backendUrl',
  model: 'model',
  question: 'question',
  backend_warmup: 'warmup',
  backend_warmup_timeout: 'warmupTimeout',
  timeout: 'timeout',
  kubeconfig: 'kubeconfig',
  attestation_required: 'attestation',
  local_tdp_watts: 'tdpWatts',
  local_energy_rate_kwh: 'energyRate',
  estimated_duration_seconds: 'duration',
  tenant_id: 'tenant',
};
const COST_ONLY = [
  'local_tdp_watts',
  'local_energy_rate_kwh',
  'estimated_duration_seconds',
  'local_hardware',
];

/** Kinds that name one agent and ask it one question. */
export const asksAgent = (kind: JobKind): boolean => kind === 'agentic-agent' || kind === 'benchmark';

/** The form for running a job again with changes, there where it ran if jobs can be run there. */
export function formOfJob(
  job: {
    readonly kind: string;
    readonly tenant_id: string;
    readonly request: JsonObject | null;
  },
  source: SourceId = OWN,
): NewJobForm {
  const request = job.request ?? {};
  const text = (name: string, otherwise: string): string => {
    const value = request[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
  };
  const there = isRemote(source);
  const isChain = job.kind === 'chain' && job.request !== null;
  // What a remote rents is chosen there: its request goes along as it was.
  const others = Object.entries(request).filter(
    ([name]) => FIELDS[name] === undefined && name !== 'local_hardware' && (there || name !== 'provisioning'),
  );
  return {
    at: there ? source : OWN,
    kind: JOB_KINDS.find((one) => one === job.kind) ?? EMPTY_FORM.kind,
    tenant: job.tenant_id,
    collector: 'sqlite',
    agent: text('agent', EMPTY_FORM.agent),
    backendType: BACKEND_TYPES.find((one) => one === request.backend_type) ?? 'ollama',
    backendUrl: text('backend_url', ''),
    model: text('model', ''),
    question: text('question', ''),
    warmup: request.backend_warmup !== false,
    warmupTimeout: text('backend_warmup_timeout', EMPTY_FORM.warmupTimeout),
    timeout: text('timeout', ''),
    kubeconfig: text('kubeconfig', ''),
    attestation: request.attestation_required === true,
    tdpWatts: text('local_tdp_watts', ''),
    energyRate: text('local_energy_rate_kwh', ''),
    duration: text('estimated_duration_seconds', EMPTY_FORM.duration),
    rental: there ? null : rentalOfRequest(request.provisioning),
    chainText: isChain ? JSON.stringify(Object.fromEntries(others), null, 2) : CHAIN_EXAMPLE,
    chain: null,
    others: isChain ? {} : Object.fromEntries(others),
  };
}

/** The request as the engine takes it. What is not a number goes as it was typed: the engine says what is wrong. */
export function requestOf(form: NewJobForm): Record<string, unknown> {
  const number = (text: string): unknown => {
    const value = Number(text);
    return text.trim() === '' || Number.isNaN(value) ? text : value;
  };
  const optional = (name: string, text: string): Record<string, unknown> =>
    text.trim() === '' ? {} : { [name]: number(text) };
  if (form.kind === 'cost-estimate') {
    return {
      ...onlyCost(form.others),
      local_hardware: true,
      model: form.model.trim(),
      ...optional('estimated_duration_seconds', form.duration),
      ...optional('local_tdp_watts', form.tdpWatts),
      ...optional('local_energy_rate_kwh', form.energyRate),
    };
  }
  const address = {
    backend_type: form.backendType,
    backend_url: form.backendUrl.trim() === '' ? null : form.backendUrl.trim(),
    ...(form.rental !== null && canRent(form.kind)
      ? { provisioning: { vastai: rentalRequest(form.rental) } }
      : {}),
  };
  if (form.kind === 'llm-instance') return { ...form.others, ...address };
  if (form.kind === 'chain') {
    return {
      ...address,
      model: form.model.trim(),
      backend_warmup: form.warmup,
      ...(form.warmup ? optional('backend_warmup_timeout', form.warmupTimeout) : {}),
      ...optional('timeout', form.timeout),
      ...(form.kubeconfig.trim() === '' ? {} : { kubeconfig: form.kubeconfig.trim() }),
      attestation_required: form.attestation,
      // What the text says stands.
      ...form.chain,
    };
  }
  return {
    ...form.others,
    ...address,
    agent: form.agent.trim(),
    model: form.model.trim(),
    question: form.question,
    backend_warmup: form.warmup,
    ...(form.warmup ? optional('backend_warmup_timeout', form.warmupTimeout) : {}),
    ...optional('timeout', form.timeout),
    ...(form.kubeconfig.trim() === '' ? {} : { kubeconfig: form.kubeconfig.trim() }),
    ...(form.kind === 'benchmark' ? { attestation_required: form.attestation } : {}),
  };
}

/** Fields that belong to an estimate whatever kind the edited job had. */
function onlyCost(others: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(others).filter(([name]) => COST_ONLY.includes(name)));
}

export type FieldProblems = Readonly<Partial<Record<keyof NewJobForm, string>>>;

/** Which field a refusal is about, out of the engine's sentence ("... question: is empty; model: ..."). */
export function fieldProblems(message: string): FieldProblems {
  const problems: Partial<Record<keyof NewJobForm, string>> = {};
  for (const [name, field] of Object.entries(FIELDS)) {
    const found = problemOf(name, message);
    if (found !== null) problems[field] = found;
    else if (new RegExp(`^${name} holds a credential`).test(message)) problems[field] = message;
  }
  return problems;
}

/** What a refusal says of one field, wherever in the request it lies; null where it says nothing of it. */
export function problemOf(name: string, message: string): string | null {
  const found = new RegExp(`(?:^|[\\s;.])(?:request\\.)?${name}: ([^;]+?)(?:;|\\.?$)`).exec(message);
  return found?.[1] === undefined ? null : found[1].charAt(0).toUpperCase() + found[1].slice(1);
}
