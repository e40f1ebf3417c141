import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import type { Place } from '#renderer/client/routes.ts';
import { DiffSteps } from '#renderer/job-view/steps/diff-steps.ts';
import type { JobDetail } from '#shared/contract/types.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { diffTraces } from '#shared/model/trace-diff.ts';

export interface Diffed {
  readonly a: JobDetail | undefined;
  readonly b: JobDetail | undefined;
  /** Null while either trace is read. */
  readonly steps: DiffSteps | null;
  readonly failure: { readonly error: unknown; readonly which: 'A' | 'B' } | null;
  readonly reload: () => void;
}

/** Both jobs and their spans, read once and laid over one another; `reload` reads again. */
export function useDiff(a: Place, b: Place): Diffed {
  const jobA = useJob(a);
  const jobB = useJob(b);
  const traceA = useColumns(a);
  const traceB = useColumns(b);
  const steps = useMemo(
    () =>
      traceA.data === undefined || traceB.data === undefined
        ? null
        : new DiffSteps(traceA.data, traceB.data, diffTraces(traceA.data, traceB.data)),
    [traceA.data, traceB.data],
  );
  const failed = traceA.error ?? jobA.error;
  const failedB = traceB.error ?? jobB.error;
  return {
    a: jobA.data,
    b: jobB.data,
    steps,
    failure:
      failed !== null
        ? { error: failed, which: 'A' }
        : failedB !== null
          ? { error: failedB, which: 'B' }
          : null,
    reload: () => {
      for (const one of [jobA, jobB, traceA, traceB]) void one.refetch();
    },
  };
}

function useJob({ source, job_id }: Place) {
  const { orpc } = useApi();
  return useQuery(orpc.jobs.get.queryOptions({ input: { source, job_id } }));
}

function useColumns({ source, job_id }: Place) {
  const { client } = useApi();
  return useQuery({
    queryKey: ['diff-columns', source, job_id],
    queryFn: async () => decodeTrace(await (await client.trace.columns({ source, job_id })).arrayBuffer()),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    structuralSharing: false,
  });
}
