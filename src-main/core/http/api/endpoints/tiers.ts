import type { Milliseconds } from '#shared/model/units.ts';
import type { ApiContext } from '../endpoint.ts';

const KEPT: Milliseconds = 60_000;
const held = new WeakMap<ApiContext, { readonly at: Milliseconds; readonly tiers: Promise<Tiers> }>();
type Tiers = ReadonlyMap<string, number | null>;

/** The catalogue's tier of each agent, asked for once a minute: jobs are polled far more often. */
export function agentTiers(api: ApiContext): Promise<Tiers> {
  const now = api.clock.monotonicMs();
  const known = held.get(api);
  if (known !== undefined && now - known.at < KEPT) return known.tiers;
  const tiers = api.client.agents.list().then(
    (agents) => new Map(agents.map(({ name, tier }) => [name, tier])),
    // Without the list a job is still a job.
    () => new Map<string, number | null>(),
  );
  held.set(api, { at: now, tiers });
  return tiers;
}
