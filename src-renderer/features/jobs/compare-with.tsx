import { Button, Popover, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Ago } from '#renderer/widgets/figure.tsx';
import { StatusMark } from '#renderer/widgets/status-mark.tsx';
import type { JobDetail } from '#shared/contract/types.ts';
import { formatDuration, formatId } from '#shared/lib/format.ts';
import { archivedParts, OWN } from '#shared/model/source.ts';
import styles from './compare-with.module.css';

const MOST = 8;

/** Lays this job's trace over another's: one of the same kind and agent, or one by its id. */
export function CompareWith(props: {
  readonly source: string;
  readonly job: JobDetail;
  readonly opened: boolean;
  readonly onOpened: (opened: boolean) => void;
}): ReactNode {
  const { source, job, opened, onOpened } = props;
  const { client, orpc } = useApi();
  // An archived result stands alone in its source; what it is compared with is here.
  const among = archivedParts(source) === null ? source : OWN;
  const like = useQuery(
    orpc.jobs.list.queryOptions({
      input: {
        source: among,
        kind: [job.kind],
        ...(job.agent === null ? {} : { agent: [job.agent] }),
        limit: MOST + 1,
      },
      enabled: opened,
    }),
  );
  const [id, setId] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const go = (jobId: string): void =>
    navigate(paths.diff({ source, job_id: job.job_id }, { source: among, job_id: jobId }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = id.trim();
    if (wanted === '') return;
    try {
      await client.jobs.get({ source: among, job_id: wanted });
      go(wanted);
    } catch (error) {
      setProblem(shownFailure(error).message);
    }
  };
  const others = (like.data?.jobs ?? []).filter(({ job_id }) => job_id !== job.job_id).slice(0, MOST);
  return (
    <Popover opened={opened} onChange={onOpened} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" title="Compare traces  T" onClick={() => onOpened(!opened)}>
          Compare with…
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          <TextInput
            label="Job id"
            value={id}
            error={problem}
            data-autofocus
            onChange={(event) => {
              setId(event.currentTarget.value);
              setProblem(null);
            }}
          />
          <Button type="submit">Compare</Button>
        </form>
        <p className={styles.about}>
          {like.isPending
            ? 'Looking for jobs like this one…'
            : others.length === 0
              ? `There is no other ${job.kind} job${job.agent === null ? '' : ` of ${job.agent}`}.`
              : `Recent ${job.kind} jobs${job.agent === null ? '' : ` of ${job.agent}`}:`}
        </p>
        <ul className={styles.list}>
          {others.map((one) => (
            <li key={one.job_id}>
              <button type="button" className={styles.choice} onClick={() => go(one.job_id)}>
                <span className="figure">{formatId(one.job_id)}</span>
                <StatusMark status={one.status} />
                <span className={styles.what}>{[one.backend_type, one.model].filter(Boolean).join(' ')}</span>
                <span className="figure">{formatDuration(one.duration_ms)}</span>
                <Ago at={one.created_at} short />
              </button>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
