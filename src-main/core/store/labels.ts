import { MODEL_CALL_ATTRIBUTE, type ModelCallFigures } from '#shared/model/model-call.ts';
import type { Attributes } from '#shared/model/span.ts';

// Spans of one name carry the same keys in the same order, so sorting is remembered per key list.
const sortedKeys = new Map<string, readonly SortedKey[]>();
const MAX_REMEMBERED = 4096;

interface SortedKey {
  readonly key: string;
  /** What stands before its value: `"key": `. */
  readonly before: string;
}

/** labels_json as RUNE writes it: keys sorted, ", " and ": " between, NULL when there are none. */
export function labelsJson(attributes: Attributes): string | null {
  const list = Object.keys(attributes).join('\u0000');
  if (list === '') return null;
  let sorted = sortedKeys.get(list);
  if (sorted === undefined) {
    sorted = Object.keys(attributes)
      .toSorted()
      .map((key) => ({ key, before: `${JSON.stringify(key)}: ` }));
    if (sortedKeys.size < MAX_REMEMBERED) sortedKeys.set(list, sorted);
  }
  let json = '';
  for (const { key, before } of sorted) {
    const value = attributes[key];
    if (value === undefined) continue;
    json += (json === '' ? '{' : ', ') + before + (value === null ? 'null' : JSON.stringify(value));
  }
  return json === '' ? null : `${json}}`;
}

/** The short text beside a span's name in the waterfall; empty when the name says enough. */
export function labelOf(name: string, attributes: Attributes): string {
  const of = (key: string): string => {
    const value = attributes[key];
    return typeof value === 'string' ? value : '';
  };
  switch (name) {
    case 'job.execute':
      return of('kind');
    case 'chain.step':
      return of('step');
    case 'agent.ask':
      return [of('agent_name'), of('backend_type')].filter(Boolean).join(' · ');
    case 'driver.call':
      return [of('driver_name'), of('transport_type')].filter(Boolean).join(' · ');
    case 'cost.estimate':
      return of('provider');
    case 'provider.provision':
    case 'provider.teardown':
      return of('provider_type');
    default:
      return of('model') || of('backend_type');
  }
}

/** The figures of a model call, when the span is one. */
export function modelCallOf(attributes: Attributes): ModelCallFigures | null {
  const value = attributes[MODEL_CALL_ATTRIBUTE];
  return typeof value === 'object' && value !== null && 'phases' in value
    ? (value as unknown as ModelCallFigures)
    : null;
}
