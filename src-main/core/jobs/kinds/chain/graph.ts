import type { ChainGraph } from '#core/store/chain-state.ts';
import type { ChainRequest } from '#shared/contract/requests.ts';
import { type ChainNode, overallOf } from '#shared/model/chain.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

type Step = ChainRequest['steps'][number];

/** The steps of one run and how far each is. Every change is told, whole. */
export interface Graph {
  /** Steps whose turn has come, in the order in which they were written. */
  ready(): readonly Step[];
  started(name: string): void;
  succeeded(name: string): void;
  /** What needs it, and what needs that, is skipped. */
  failed(name: string, why: string): void;
  failures(): readonly { readonly name: string; readonly error: string }[];
  count(status: ChainNode['status']): number;
  overall(): ChainNode['status'];
}

export function createGraph(
  steps: readonly Step[],
  now: () => EpochSeconds,
  onChange: (graph: ChainGraph) => void,
): Graph {
  const nodes = new Map<string, ChainNode>(
    steps.map(({ name, agent }) => [
      name,
      { id: name, agent_name: agent, status: 'pending', started_at: null, finished_at: null, error: null },
    ]),
  );
  const edges = steps.flatMap(({ name, dependencies }) =>
    [...new Set(dependencies)].map((from) => ({ from, to: name })),
  );
  const tell = (): void => onChange({ nodes: [...nodes.values()], edges });
  const change = (name: string, to: Partial<ChainNode>): void => {
    const node = nodes.get(name);
    if (node !== undefined) nodes.set(name, { ...node, ...to });
  };
  const statusOf = (name: string) => nodes.get(name)?.status;
  const skipAfter = (failed: string): void => {
    for (const { name, dependencies } of steps) {
      if (statusOf(name) !== 'pending' || !dependencies.includes(failed)) continue;
      change(name, { status: 'skipped', error: `Step "${failed}", which it needs, has no answer.` });
      skipAfter(name);
    }
  };
  tell();
  return {
    ready: () =>
      steps.filter(
        ({ name, dependencies }) =>
          statusOf(name) === 'pending' &&
          dependencies.every((dependency) => statusOf(dependency) === 'success'),
      ),
    started(name) {
      change(name, { status: 'running', started_at: now() });
      tell();
    },
    succeeded(name) {
      change(name, { status: 'success', finished_at: now() });
      tell();
    },
    failed(name, why) {
      change(name, { status: 'failed', finished_at: now(), error: why });
      skipAfter(name);
      tell();
    },
    failures: () =>
      [...nodes.values()]
        .filter(({ status }) => status === 'failed')
        .map(({ id, error }) => ({ name: id, error: error ?? '' })),
    count: (status) => [...nodes.values()].filter((node) => node.status === status).length,
    overall: () => overallOf([...nodes.values()]),
  };
}
