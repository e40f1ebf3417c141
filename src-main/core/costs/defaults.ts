import type { Seconds } from '#shared/model/units.ts';
import type { Comparable } from './seams.ts';

/** What a job takes when nothing is known about it. */
export interface JobDefaults {
  readonly duration_seconds: Seconds;
  readonly tokens: { readonly input: number; readonly output: number };
}

const job = (duration_seconds: Seconds, input: number, output: number): JobDefaults => ({
  duration_seconds,
  tokens: { input, output },
});

/** By the agent's scope: RUNE's table (reference: jobs §7), and ours for the agent that it lacks. */
const BY_SCOPE: Readonly<Record<string, JobDefaults>> = {
  SRE: job(300, 8192, 2048),
  Research: job(600, 16_384, 4096),
  Cybersec: job(450, 12_288, 2048),
  'Legal/Ops': job(200, 8192, 1024),
  'Art/Creative': job(120, 2048, 512),
  'Built-in': job(30, 1024, 512),
};
const OTHER = job(180, 4096, 1024);
const DEMO = job(3, 1024, 512);
/** RUNE's estimate of nobody in particular is of an hour. */
const NO_AGENT: JobDefaults = { ...OTHER, duration_seconds: 3600 };

export function defaultsOf(
  { agent, backend_type }: Comparable,
  scopeOf: (agent: string) => string | null,
): JobDefaults {
  if (backend_type === 'demo') return DEMO;
  if (agent === null) return NO_AGENT;
  return BY_SCOPE[scopeOf(agent) ?? ''] ?? OTHER;
}

/** Tokens of a duration that nobody has history for: those of RUNE's other jobs, by the second. */
export function defaultTokensIn(seconds: Seconds): JobDefaults['tokens'] {
  const share = seconds / OTHER.duration_seconds;
  return { input: OTHER.tokens.input * share, output: OTHER.tokens.output * share };
}
