import type { Settings } from '#shared/contract/contract.ts';
import type { DiscoveredBackend } from '#shared/contract/types.ts';
import { BACKEND_TYPES, type BackendType } from '#shared/model/job.ts';

/** A backend that can be picked by name instead of by address. */
export interface BackendChoice {
  readonly value: string;
  readonly label: string;
  readonly group: string;
  readonly backendType: BackendType;
  readonly backendUrl: string;
  readonly model: string | null;
}

export const OTHER = 'other';

/** One key per address, so that a URL may name a choice. */
export const choiceKey = (backendType: string, url: string): string => `${backendType} ${url}`.trim();

/** The user's own first, then what answers on this computer, then the demo. */
export function backendChoices(
  settings: Pick<Settings, 'backends'> | undefined,
  found: readonly DiscoveredBackend[] | undefined,
): readonly BackendChoice[] {
  const own = (settings?.backends ?? []).map((one) => ({
    value: choiceKey(one.backend_type, one.base_url),
    label: one.name,
    group: 'From Settings',
    backendType: one.backend_type,
    backendUrl: one.base_url,
    model: one.default_model,
  }));
  const here = (found ?? [])
    .filter((one) => one.backend_type !== 'demo')
    .map((one) => ({
      value: choiceKey(one.backend_type, one.base_url),
      label: `${one.product} on this computer`,
      group: 'Found on this computer',
      backendType: one.backend_type,
      backendUrl: one.base_url,
      model: one.models[0] ?? null,
    }))
    .filter((one) => !own.some((mine) => mine.value === one.value));
  const demo: BackendChoice = {
    value: 'demo',
    label: 'Demo (built in)',
    group: 'Built in',
    backendType: 'demo',
    backendUrl: '',
    model: 'demo',
  };
  const seen = new Set<string>();
  return [...own, ...here, demo].filter((one) => !seen.has(one.value) && seen.add(one.value));
}

/** The address a choice key spells, for links that name a backend. */
export function addressOf(
  key: string,
): { readonly backendType: BackendType; readonly backendUrl: string } | null {
  const [type, ...rest] = key.split(' ');
  const backendType = BACKEND_TYPES.find((one) => one === type);
  return backendType === undefined ? null : { backendType, backendUrl: rest.join(' ') };
}
