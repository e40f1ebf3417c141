import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote, runsJobs } from '#renderer/client/sources.ts';
import { Confirm } from '#renderer/widgets/confirm.tsx';
import { Banner, FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatId } from '#shared/lib/format.ts';
import { isTerminal, JOB_KINDS, type JobRow } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import { useCreateJob } from './use-create-job.tsx';

export interface JobActions {
  /** Asks first, in place, naming the job. */
  readonly askCancel: (source: string, jobs: readonly JobRow[]) => void;
  readonly rerun: (source: string, job: Pick<JobRow, 'job_id' | 'kind' | 'tenant_id'>) => void;
  readonly editAndRerun: (source: string, job: Pick<JobRow, 'job_id'>) => void;
  readonly busy: boolean;
  /** The question, or what went wrong: to be drawn at the top of the view. */
  readonly strip: ReactNode;
}

interface Asking {
  readonly source: string;
  readonly jobs: readonly JobRow[];
}
const NOTHING: Asking = { source: OWN, jobs: [] };

export const isCancellable = (source: string, job: Pick<JobRow, 'status'>): boolean =>
  runsJobs(source) && !isTerminal(job.status) && ['queued', 'running'].includes(job.status);

/** A trace from elsewhere is no job that somebody could ask for again. */
export const isRepeatable = ({ kind }: Pick<JobRow, 'kind'>): boolean =>
  (JOB_KINDS as readonly string[]).includes(kind);

/** Cancel, re-run and edit-and-re-run, the same on the board and on the Job page. */
export function useJobActions(): JobActions {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<Asking>(NOTHING);

  const cancel = useMutation({
    /** Answers which jobs had ended before they could be stopped. */
    mutationFn: async ({ source, jobs }: Asking) => {
      const ended: JobRow[] = [];
      for (const job of jobs) {
        await client.jobs.cancel({ source, job_id: job.job_id }).catch((error: unknown) => {
          if (shownFailure(error).code !== 'job.not_cancellable') throw error;
          ended.push(job);
        });
      }
      return ended;
    },
    onSettled: () => {
      setAsking(NOTHING);
      void cache.invalidateQueries({ queryKey: orpc.jobs.get.key() });
    },
  });

  const again = useCreateJob((jobId, source) => navigate(paths.job(source, jobId)));
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
      // There, where it ran; what can only be read runs here.
      const there = isRemote(from.source) ? { source: from.source } : {};
      return { ...there, kind, request: { ...job.request }, tenant_id: job.tenant_id };
    },
    onSuccess: again.create,
  });

  const one = asking.jobs.length === 1 ? asking.jobs[0] : undefined;
  const named = one === undefined ? `${asking.jobs.length} jobs` : `job ${formatId(one.job_id)}`;
  const failed = cancel.error ?? rerun.error ?? again.error;
  const ended = cancel.data ?? [];
  return {
    askCancel: (source, jobs) => {
      cancel.reset();
      setAsking({ source, jobs });
    },
    rerun: (source, job) => {
      again.reset();
      rerun.mutate({ source, job_id: job.job_id });
    },
    editAndRerun: (source, job) => navigate(paths.newJob({ source, jobId: job.job_id })),
    busy: cancel.isPending || rerun.isPending || again.busy,
    strip: (
      <>
        {asking.jobs.length > 0 && (
          <Confirm
            question={one?.question ?? 'Stopping is final: what has been done so far is kept.'}
            confirm={`Cancel ${named}`}
            busy={cancel.isPending}
            onConfirm={() => cancel.mutate(asking)}
            onDismiss={() => setAsking(NOTHING)}
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
