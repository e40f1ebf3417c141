import type { Client } from '#core/engine.ts';
import type { LiveBatch } from '#shared/contract/types.ts';
import { formatDuration } from '#shared/lib/format.ts';
import type { ChainNode } from '#shared/model/chain.ts';
import { OWN } from '#shared/model/source.ts';

/** A line for each step of a job's chain that has changed with a batch; none for jobs of other kinds. */
export function describeChain(client: Client, jobId: string): (batch: LiveBatch) => Promise<string[]> {
  const said = new Map<string, string>();
  return async ({ jobs }) => {
    if (!jobs.some((job) => job.job_id === jobId && job.kind === 'chain')) return [];
    const { nodes } = await client.chains.state({ source: OWN, job_id: jobId });
    const done = nodes.filter(({ status }) => status === 'success').length;
    return nodes.flatMap((node) => {
      if (node.status === 'pending' || said.get(node.id) === node.status) return [];
      said.set(node.id, node.status);
      return [`step ${node.id}: ${lineOf(node)} (${done} of ${nodes.length} done)`];
    });
  };
}

function lineOf({ status, error, started_at, finished_at }: ChainNode): string {
  const took =
    started_at === null || finished_at === null
      ? ''
      : ` after ${formatDuration(Math.max(0, finished_at - started_at) * 1000)}`;
  return `${status}${took}${error === null ? '' : `: ${error}`}`;
}
