import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatBytes } from '#shared/lib/format.ts';
import type { FindProgress } from '#shared/model/archive.ts';
import styles from './archive.module.css';
import { Middle } from './middle.tsx';
import { counted, exactCount } from './truth-line.ts';
import { type Find, MORE_REQUESTS } from './use-find.ts';

/** How a jump by job id goes: requests made of how many, the day looked at, and what was found. */
export function FindStrip(props: {
  readonly find: Find;
  readonly onOpen: (key: string, jobId: string) => void;
}): ReactNode {
  const { find } = props;
  const { search } = find;
  if (search === null) return null;
  const { progress, jobId } = search;
  const found = progress?.found ?? null;
  const dismiss = (
    <Button variant="subtle" onClick={find.dismiss}>
      Dismiss
    </Button>
  );
  if (search.failure !== null) {
    return (
      <div className={styles.notice}>
        <FailureNotice
          failure={search.failure}
          what={`Job ${jobId} could not be looked for.`}
          onRetry={() => find.start(jobId, search.limit)}
        >
          {dismiss}
        </FailureNotice>
      </div>
    );
  }
  if (found !== null) {
    return (
      <div className={styles.strip} role="status">
        <span>Found {progress?.from_index === true ? 'in the index' : `after ${requestsOf(progress)}`}:</span>
        <Middle text={found.key} end={24} />
        <span className="figure dim">{formatBytes(found.size_bytes)}</span>
        <span className={styles.grow} />
        <Button title="Open  Enter" onClick={() => props.onOpen(found.key, jobId)}>
          Open
        </Button>
        {dismiss}
      </div>
    );
  }
  if (search.isRunning) {
    return (
      <div className={styles.strip} role="status">
        <span>
          Looking for <Middle text={jobId} />
        </span>
        {progress !== null && progress.planned > 0 && (
          <progress value={progress.requests} max={progress.planned} aria-label="Requests made" />
        )}
        <span className="figure dim">
          {progress === null
            ? 'in the index…'
            : `${exactCount(progress.requests)} of at most ${counted(progress.planned, 'request')}${progress.date === null ? '' : `, now at ${progress.date}`}`}
        </span>
        <span className={styles.grow} />
        <Button variant="default" onClick={find.stop}>
          Stop
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.strip} role="status">
      <span>{endOf(jobId, progress)}</span>
      <span className={styles.grow} />
      {search.limit < MORE_REQUESTS && (
        <Button variant="default" onClick={() => find.start(jobId, MORE_REQUESTS)}>
          Look further, at most {exactCount(MORE_REQUESTS)} requests
        </Button>
      )}
      {dismiss}
    </div>
  );
}

const requestsOf = (progress: FindProgress | null): string => counted(progress?.requests ?? 0, 'request');

function endOf(jobId: string, progress: FindProgress | null): string {
  const back = progress?.date == null ? '' : `, the last day looked at was ${progress.date}`;
  return progress?.done === true
    ? `No result of job ${jobId} after ${requestsOf(progress)}${back}.`
    : `The search for job ${jobId} was stopped after ${requestsOf(progress)}${back}.`;
}
