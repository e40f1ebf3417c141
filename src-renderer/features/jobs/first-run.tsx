import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { OWN } from '#shared/model/source.ts';
import styles from './first-run.module.css';

const SAMPLE = {
  backend_type: 'demo',
  backend_url: null,
  agent: 'prompt',
  model: 'demo',
  question: 'A pod in namespace shop is in CrashLoopBackOff. What would you check first, and why?',
};

/** Nothing was ever run here: what was found on this computer, and one job that does the whole journey. */
export function FirstRun(): ReactNode {
  const { client, orpc } = useApi();
  const found = useQuery(orpc.backends.discover.queryOptions({ staleTime: 30_000 }));
  const start = useMutation({
    mutationFn: () => client.jobs.create({ kind: 'agentic-agent', request: SAMPLE }),
    onSuccess: (created) => navigate(paths.job(OWN, created.job_id)),
  });
  const real = (found.data ?? []).filter((one) => one.backend_type !== 'demo');
  return (
    <EmptyState
      title="No jobs yet"
      action={
        <div className={styles.actions}>
          <Button size="sm" loading={start.isPending} onClick={() => start.mutate()}>
            Run a sample job
          </Button>
          <Button size="sm" variant="default" component="a" href={`#${paths.newJob()}`}>
            New job…
          </Button>
        </div>
      }
    >
      <p>
        Every job you run stands here, with where its time went. The sample takes about five seconds on the
        built-in demo backend and does the whole journey: queue, estimate, warm-up, answer, waterfall. It is
        labelled demo everywhere.
      </p>
      <h3 className={styles.heading}>Backends on this computer</h3>
      {found.isPending && (
        <Delayed>
          <p>Looking at the usual ports…</p>
        </Delayed>
      )}
      {found.error !== null && (
        <FailureNotice
          failure={shownFailure(found.error)}
          what="The usual ports could not be looked at."
          onRetry={() => void found.refetch()}
        />
      )}
      {found.data !== undefined && real.length === 0 && (
        <p>
          None answered on the usual ports (Ollama 11434, vLLM 8000, LM Studio 1234, llama.cpp 8080).{' '}
          <a href={`#${paths.settings('backends')}`}>Add one by its address</a>.
        </p>
      )}
      <ul className={styles.found}>
        {real.map((one) => (
          <li key={one.base_url}>
            <span>{one.product}</span>
            <span className="figure">{one.base_url}</span>
            <span className="dim">
              {one.models.length === 0 ? 'no models' : one.models.slice(0, 3).join(', ')}
            </span>
            <a href={`#/new?backend=${encodeURIComponent(`${one.backend_type} ${one.base_url}`)}`}>Use it</a>
          </li>
        ))}
      </ul>
      {start.error !== null && (
        <FailureNotice failure={shownFailure(start.error)} what="The sample job could not be started." />
      )}
    </EmptyState>
  );
}
