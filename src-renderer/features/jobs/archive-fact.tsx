import { Button, Popover } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { JobDetail } from '#shared/contract/types.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { JobArchiveState } from '#shared/model/archive.ts';
import { archivedSource } from '#shared/model/source.ts';
import styles from './archive-fact.module.css';
import { archiveSummary, whyNotArchived } from './archive-state.ts';

/** How often a result that waits is asked after. */
const WAITING_MS = 2_000;

/** Where an own job's result is archived: a word among its facts, and the rest behind it. */
export function ArchiveFact(props: { readonly job: JobDetail }): ReactNode {
  const { job } = props;
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [shown, setShown] = useState(false);
  const states = useQuery(
    orpc.archive.outbox.job.queryOptions({
      input: { job_id: job.job_id },
      refetchInterval: (query) =>
        query.state.data?.some((one) => one.delivered_at === null) === true ? WAITING_MS : false,
    }),
  );
  const targets = useQuery(orpc.archive.targets.queryOptions());
  const settings = useQuery(orpc.settings.get.queryOptions({ enabled: shown }));
  const push = useMutation({
    mutationFn: () => client.archive.outbox.push({ job_id: job.job_id }),
    onSettled: () => cache.invalidateQueries({ queryKey: orpc.archive.outbox.key() }),
  });
  if (states.data === undefined) return null;
  const titleOf = (target: string): string =>
    targets.data?.find((one) => one.target === target)?.title ?? target;
  const summary = archiveSummary(states.data, titleOf);
  const waits = states.data.some((one) => one.delivered_at === null);
  return (
    <div>
      <dt>archive</dt>
      <dd>
        <Popover position="bottom-end" width={600} opened={shown} onChange={setShown} trapFocus>
          <Popover.Target>
            <button
              type="button"
              className={styles.summary}
              data-tone={summary.tone}
              aria-expanded={shown}
              onClick={() => setShown(!shown)}
            >
              {summary.tone === 'trouble' && <span aria-hidden="true">! </span>}
              {summary.text} ▾
            </button>
          </Popover.Target>
          <Popover.Dropdown p={0} aria-label="Where the result is archived">
            {states.data.length === 0 && (
              <p className={styles.why}>
                {whyNotArchived(job, settings.data?.archive, targets.data)}{' '}
                <a href={`#${paths.settings('archive')}`}>Archive settings</a>
              </p>
            )}
            <ul className={styles.states}>
              {states.data.map((state) => (
                <State key={state.target} state={state} title={titleOf(state.target)} jobId={job.job_id} />
              ))}
            </ul>
            {push.error !== null && (
              <FailureNotice failure={shownFailure(push.error)} what="The result was not delivered." />
            )}
            {push.data?.failed[0] !== undefined && !waits && (
              <FailureNotice failure={push.data.failed[0]} what="The result was not delivered." />
            )}
            {(waits || states.data.length === 0) && (
              <div className={styles.foot}>
                <Button
                  variant="default"
                  data-autofocus
                  loading={push.isPending}
                  onClick={() => push.mutate()}
                >
                  {waits ? 'Retry now' : 'Archive now'}
                </Button>
              </div>
            )}
          </Popover.Dropdown>
        </Popover>
      </dd>
    </div>
  );
}

function State(props: {
  readonly state: JobArchiveState;
  readonly title: string;
  readonly jobId: string;
}): ReactNode {
  const { state, title, jobId } = props;
  const { last_error } = state;
  return (
    <li>
      <div className={styles.head}>
        <strong>{title}</strong>
        {state.delivered_at === null ? (
          <span className={styles.waiting}>
            {state.attempts === 0
              ? 'waiting'
              : `waiting, tried ${state.attempts === 1 ? 'once' : `${formatCount(state.attempts)} times`}`}
          </span>
        ) : (
          <span className="dim">
            delivered <Ago at={state.delivered_at} />
          </span>
        )}
        <span className={styles.spring} />
        {state.delivered_at !== null && (
          <>
            <a href={`#${paths.job(archivedSource(state.target, state.key), jobId)}`}>Open and verify</a>
            <a href={`#${paths.archive(state.target, state.key)}`}>In the archive</a>
          </>
        )}
      </div>
      <CopyButton text={state.key} label={`Copy the key ${state.key}`}>
        <span className={`figure ${styles.key}`}>{state.key}</span>
      </CopyButton>
      {last_error !== null && (
        <p className={styles.error}>
          {last_error.message} <code>{last_error.code}</code>
        </p>
      )}
    </li>
  );
}
