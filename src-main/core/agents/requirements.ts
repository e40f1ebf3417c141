import { access } from 'node:fs/promises';
import { delimiter } from 'node:path';
import type { Env, Secrets } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { AgentDefinition } from './catalogue.ts';

/** What was found for an agent: values that are not in the environment go to its driver explicitly. */
export interface Found {
  readonly baseUrl: string | null;
  readonly extraEnv: Readonly<Record<string, string>>;
}

const inEnv = (env: Env, name: string): boolean => (env[name] ?? '').trim() !== '';

/** Names of the variables that an agent requires and that nothing here provides; the first of each alternative. */
export function missingVariables(
  agent: AgentDefinition,
  env: Env,
  secretNames: ReadonlySet<string>,
): readonly string[] {
  const alternatives = {
    kubeconfig: ['KUBECONFIG'],
    api_key: agent.keyVariables,
    base_url: agent.urlVariables,
  } as const;
  const has = (name: string): boolean => inEnv(env, name) || secretNames.has(name);
  return agent.needs.flatMap((need) => (alternatives[need].some(has) ? [] : alternatives[need].slice(0, 1)));
}

/** Reads keys and addresses; throws for the first that is required and missing. */
export async function findRequirements(
  agent: AgentDefinition,
  env: Env,
  secrets: Secrets,
  required: boolean,
): Promise<Found> {
  const extraEnv: Record<string, string> = {};
  const find = async (need: 'api_key' | 'base_url', names: readonly string[]): Promise<string | null> => {
    const present = names.find((name) => inEnv(env, name));
    if (present !== undefined) return env[present] ?? null;
    for (const name of names) {
      const kept = await secrets.get(name);
      if (kept === null || kept === '') continue;
      extraEnv[name] = kept;
      return kept;
    }
    if (required && agent.needs.includes(need)) throw notConfigured(agent.name, names);
    return null;
  };
  await find('api_key', agent.keyVariables);
  const baseUrl = await find('base_url', agent.urlVariables);
  return { baseUrl, extraEnv };
}

/** The kubeconfig of this question: the request's, else KUBECONFIG. Where it is required, it must exist. */
export async function findKubeconfig(
  agent: AgentDefinition,
  env: Env,
  asked: string | null,
  required: boolean,
): Promise<string | null> {
  const given = asked?.trim() || env.KUBECONFIG?.trim() || null;
  if (!required || !agent.needs.includes('kubeconfig')) return given;
  if (given === null) throw notConfigured(agent.name, ['KUBECONFIG']);
  const found = await Promise.all(
    given.split(delimiter).map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (found.includes(true)) return given;
  throw new CodedError(
    'agent.not_configured',
    `Agent "${agent.name}" needs a kubeconfig, and there is no file at ${given}. Correct kubeconfig or KUBECONFIG.`,
  );
}

function notConfigured(agent: string, names: readonly string[]): CodedError {
  const where =
    names[0] === 'KUBECONFIG' ? 'give kubeconfig with the job' : 'store it under that name in Settings';
  return new CodedError(
    'agent.not_configured',
    `Agent "${agent}" requires ${names.join(' or ')} to be set. Set it in the environment, or ${where}.`,
  );
}
