import type { Env, Secrets } from './ports/ports.ts';

/** Lists of secrets in one value: what stands between is no part of them. */
const LISTS: Readonly<Record<string, RegExp>> = {
  // tenant:secret,tenant:secret
  RUNE_API_TOKENS: /[^:,]*:([^,]+)/g,
  // name=value,name=value
  OTEL_EXPORTER_OTLP_HEADERS: /[^=,]*=([^,]+)/g,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: /[^=,]*=([^,]+)/g,
};
const SHORTEST = 8;
const MOST = 256;

export interface LearnedSecrets {
  readonly secrets: Secrets;
  /** The longest first; another list as soon as there is one more. */
  values(): readonly string[];
}

/** Remembers what was read or set by name: only what this process knows can get into what it says. */
export function learningSecrets(secrets: Secrets, env: Env): LearnedSecrets {
  let known: readonly string[] = [];
  const learn = (name: string, value: string | null): void => {
    if (value === null) return;
    const fresh = [value, ...partsOf(name, value)]
      .map((one) => one.trim())
      .filter((one) => one.length >= SHORTEST && !known.includes(one));
    if (fresh.length === 0) return;
    known = [...new Set([...fresh, ...known])].slice(0, MOST).sort((a, b) => b.length - a.length);
  };
  for (const name of Object.keys(LISTS)) learn(name, env[name] ?? null);
  return {
    secrets: {
      ...secrets,
      get: async (name) => {
        const value = await secrets.get(name);
        learn(name, value);
        return value;
      },
      set: (name, value, allowPlainText) => {
        learn(name, value);
        return secrets.set(name, value, allowPlainText);
      },
    },
    values: () => known,
  };
}

const partsOf = (name: string, value: string): string[] => {
  const list = LISTS[name];
  if (list === undefined) return [];
  return [...value.matchAll(list)].flatMap(([, part]) =>
    part === undefined ? [] : part.replace(/^bearer /i, ''),
  );
};
