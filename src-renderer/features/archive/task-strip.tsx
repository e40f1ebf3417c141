import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import styles from './archive.module.css';
import type { Task, TaskRunner } from './tasks.ts';
import { exactCount } from './truth-line.ts';

/** What the archive is busy with, or how it ended. */
export function TaskStrip(props: { readonly task: Task | null; readonly runner: TaskRunner }): ReactNode {
  const { task, runner } = props;
  if (task === null) return null;
  const { progress, end } = task;
  const dismiss = (
    <Button variant="subtle" onClick={runner.dismiss}>
      Dismiss
    </Button>
  );
  if (task.failure !== null) {
    return (
      <div className={styles.notice}>
        <FailureNotice failure={task.failure} what={`${task.title}: this could not be done.`}>
          {dismiss}
        </FailureNotice>
      </div>
    );
  }
  return (
    <div className={styles.strip} role="status" data-tone={end?.isBad === true ? 'bad' : undefined}>
      <span>{end === null ? task.title : end.text}</span>
      {task.isRunning && (
        <>
          <progress
            value={progress?.total == null ? undefined : progress.done}
            max={progress?.total ?? undefined}
            aria-label={task.title}
          />
          <span className="figure dim">
            {progress === null
              ? ''
              : `${exactCount(progress.done)}${progress.total === null ? '' : ` of ${exactCount(progress.total)}`}${progress.more === '' ? '' : ` · ${progress.more}`}`}
          </span>
        </>
      )}
      {end?.link !== undefined && <a href={end.link.href}>{end.link.title}</a>}
      <span className={styles.grow} />
      {task.isRunning ? (
        <Button variant="default" onClick={runner.stop}>
          Stop
        </Button>
      ) : (
        dismiss
      )}
    </div>
  );
}
