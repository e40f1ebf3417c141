import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Confirm } from '#renderer/widgets/confirm.tsx';
import { Banner, FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatId } from '#shared/lib/format.ts';
import { isTerminal, JOB_KINDS, type JobRow } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import { useCreateJob } from './use-create-job.tsx';

export interface JobActions {
  /** Asks first, in place, naming the job. */
  readonly askCancel: (jobs: readonly JobRow[]) => void;
  readonly rerun: (source: string, job: Pick<JobRow, 'job_id' | 'kind' | 'tenant_id'>) => void;
  readonly editAndRerun: (source: string, job: Pick<JobRow, 'job_id'>) => void;
  readonly busy: boolean;
  /** The question, or what went wrong: to be drawn at the top of the view. */
  readonly strip: ReactNode;
}

export const isCancellable = (source: string, job: Pick<JobRow, 'status'>): boolean =>
  source === OWN && !isTerminal(job.status) && ['queued', 'running'].includes(job.status);

/** Cancel, re-run and edit-and-re-run, the same on the board and on the Job page. */
export function useJobActions(): JobActions {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<readonly JobRow[]>([]);

  const cancel = useMutation({
    /** Answers which jobs had ended before they could be stopped. */
    mutationFn: async (jobs: readonly JobRow[]) => {
      const ended: JobRow[] = [];
      for (const job of jobs) {
        await client.jobs.cancel({ job_id: job.job_id }).catch((error: unknown) => {
          if (shownFailure(error).code !== 'job.not_cancellable') throw error;
          ended.push(job);
        });
      }
      return ended;
    },
    onSettled: () => {
      setAsking([]);
      void cache.invalidateQueries({ queryKey: orpc.jobs.get.key() });
    },
  });

  const again = useCreateJob((jobId) => navigate(paths.job(OWN, jobId)));
  const rerun = useMutation({
    mutationFn: async (from: { readonly source: string; readonly job_id: string }) => {
      const job = await client.jobs.get(from);
      const kind = JOB_KINDS.find((one) => one === job.kind);
      if (kind === undefined || job.request === null) {
        throw {
          code: 'request.invalid',
          message: `Job ${formatId(job.job_id)} has no request that can be sent again.`,
        };
      }
      return { kind, request: { ...job.request }, tenant_id: job.tenant_id };
    },
    onSuccess: again.create,
  });

  const one = asking.length === 1 ? asking[0] : undefined;
  const named = one === undefined ? `${asking.length} jobs` : `job ${formatId(one.job_id)}`;
  const failed = cancel.error ?? rerun.error ?? again.error;
  const ended = cancel.data ?? [];
  return {
    askCancel: (jobs) => {
      cancel.reset();
      setAsking(jobs);
    },
    rerun: (source, job) => {
      again.reset();
      rerun.mutate({ source, job_id: job.job_id });
    },
    editAndRerun: (source, job) => navigate(paths.newJob({ source, jobId: job.job_id })),
    busy: cancel.isPending || rerun.isPending || again.busy,
    strip: (
      <>
        {asking.length > 0 && (
          <Confirm
            question={one?.question ?? 'Stopping is final: what has been done so far is kept.'}
            confirm={`Cancel ${named}`}
            busy={cancel.isPending}
            onConfirm={() => cancel.mutate(asking)}
            onDismiss={() => setAsking([])}
          />
        )}
        {ended.length > 0 && (
          <Banner>
            {ended.length === 1 ? 'The job' : `${ended.length} jobs`} had already ended.{' '}
            <Button variant="subtle" size="compact-xs" onClick={() => cancel.reset()}>
              Dismiss
            </Button>
          </Banner>
        )}
        {failed !== null && (
          <FailureNotice
            failure={shownFailure(failed)}
            what={
              cancel.error !== null ? 'The job could not be cancelled.' : 'The job could not be run again.'
            }
          >
            <Button
              variant="default"
              onClick={() => {
                cancel.reset();
                rerun.reset();
                again.reset();
              }}
            >
              Dismiss
            </Button>
          </FailureNotice>
        )}
        {again.dialog}
      </>
    ),
  };
}
