import { cleanUrl } from '#shared/lib/clean-url.ts';
import { urlHoldsCredential } from '#shared/lib/credentials.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import type { JobFacts } from './job-facts.ts';

interface Alias {
  readonly name: string;
  /** Labels that the old name implied. */
  readonly implies?: Attributes;
}

/** Names in stores of older RUNE versions and what they are called now (reference: metrics §7). */
const ALIASES: Readonly<Record<string, Alias>> = {
  'vastai.instance.create': { name: 'vastai.instance_create' },
  'vastai.instance.reuse_check': { name: 'vastai.instance_reuse_check' },
  'vastai.instance.wait_running': { name: 'vastai.instance_wait' },
  'ollama.model.warmup': { name: 'backend.warmup', implies: { backend_type: 'ollama' } },
  'bedrock.model.warmup': { name: 'backend.warmup', implies: { backend_type: 'bedrock' } },
  'k8s_inference.model.warmup': { name: 'backend.warmup', implies: { backend_type: 'k8s-inference' } },
  'vastai.model.pull': { name: 'backend.warmup', implies: { backend_type: 'ollama', phase: 'pull' } },
};
const aliasOf = (raw: string): Alias | undefined => (Object.hasOwn(ALIASES, raw) ? ALIASES[raw] : undefined);

export const canonicalName = (raw: string): string => aliasOf(raw)?.name ?? raw;

/** Every name in a store that `canonical` stands for. */
export const rawNamesOf = (canonical: string): readonly string[] => [
  canonical,
  ...Object.keys(ALIASES).filter((raw) => ALIASES[raw]?.name === canonical),
];

/** A span around another one that has the same name today. */
export const AROUND_WARMUP = 'vastai.model.pull';

type RequestFacts = Pick<JobFacts, 'agent' | 'model' | 'backend_type' | 'backend_url' | 'provider_type'>;

/** The span contract's keys by event, and where the job's request holds a missing one. */
const CONTRACT: Readonly<Record<string, Readonly<Record<string, keyof RequestFacts | null>>>> = {
  'driver.call': { driver_name: null, action: null, transport_type: null },
  'agent.ask': {
    agent_name: 'agent',
    model: 'model',
    backend_url: 'backend_url',
    backend_type: 'backend_type',
  },
  'backend.warmup': { backend_type: 'backend_type', base_url: 'backend_url' },
  'backend.list_models': { backend_type: 'backend_type', base_url: 'backend_url' },
  'backend.get_capabilities': { backend_type: 'backend_type', base_url: 'backend_url' },
  'provider.provision': { provider_type: 'provider_type', backend_type: 'backend_type' },
  'provider.teardown': { provider_type: 'provider_type', backend_type: 'backend_type' },
  'cost.estimate': { provider: null, confidence_score: null },
};
const contractOf = (name: string) => (Object.hasOwn(CONTRACT, name) ? CONTRACT[name] : undefined);

/** An event under today's name with the contract's keys. `notes` say what was mapped and what came from the request. */
export interface CanonicalEvent {
  readonly name: string;
  readonly attributes: Attributes;
  readonly notes: readonly string[];
}

export function canonicalise(raw: string, labels: Attributes, facts: RequestFacts | null): CanonicalEvent {
  const alias = aliasOf(raw);
  const name = alias?.name ?? raw;
  const notes: string[] = [];
  const attributes: Record<string, AttributeValue> = { ...alias?.implies, ...labels };
  if (raw === 'agent.ask' && 'backend' in attributes && !('provider_type' in attributes)) {
    // RUNE's constant "existing": it says where the backend runs, not which API serves it.
    attributes.provider_type = attributes.backend ?? null;
    delete attributes.backend;
    notes.push('provider_type: RUNE called this label "backend".');
  }
  for (const key of Object.keys(alias?.implies ?? {})) {
    if (!(key in labels)) notes.push(`${key}: from the event's older name.`);
  }
  for (const key of ['backend_url', 'base_url']) {
    const url = attributes[key];
    if (typeof url !== 'string' || !urlHoldsCredential(url)) continue;
    attributes[key] = cleanUrl(url);
    notes.push(`${key}: the store holds a credential in it, which is left out here and in exports.`);
  }
  if (name !== raw) attributes['rune.legacy_event'] = raw;
  for (const [key, fact] of Object.entries(contractOf(name) ?? {})) {
    if (attributes[key] !== undefined) continue;
    const found = fact === null ? null : (facts?.[fact] ?? null);
    attributes[key] = found !== null && fact === 'backend_url' ? cleanUrl(found) : found;
    if (found !== null) notes.push(`${key}: from request.`);
  }
  return { name, attributes, notes };
}

/** The backend_type an event counts under; '' when its span has none. */
export function backendTypeOf(raw: string, label: unknown, ofJob: () => string | null): string {
  if (typeof label === 'string') return label;
  const alias = aliasOf(raw);
  const implied = alias?.implies?.backend_type;
  if (typeof implied === 'string') return implied;
  const contract = contractOf(alias?.name ?? raw);
  return contract !== undefined && 'backend_type' in contract ? (ofJob() ?? '') : '';
}
