import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { CopyButton, Id } from '#renderer/widgets/copy.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import type { OpenedResult } from '#shared/model/archive.ts';
import styles from './archived.module.css';
import { ArchivedReading } from './archived-reading.tsx';
import { bytesCanBeHad, nextStep } from './archived-words.ts';
import { JobContent, type LogsPanel } from './job-content.tsx';
import page from './job-page.module.css';
import { useArchived, useDownload } from './use-archived.ts';

/** An archived result: what is known while its bytes are read, then the same Job view with what verifying it found. */
export function ArchivedJobPage(props: {
  readonly jobId: string;
  readonly target: string;
  readonly archiveKey: string;
  readonly Logs: LogsPanel;
}): ReactNode {
  const { jobId, target, archiveKey } = props;
  const { orpc } = useApi();
  // Opening verifies, so that every visit opens anew.
  const open = useQuery(
    orpc.archive.open.queryOptions({ input: { target, key: archiveKey }, staleTime: Infinity, gcTime: 0 }),
  );
  if (open.data !== undefined) {
    return (
      <OpenedJob
        key={open.data.verification.checked_at}
        opened={open.data}
        reopen={() => void open.refetch()}
        Logs={props.Logs}
      />
    );
  }
  return (
    <Unopened target={target} archiveKey={archiveKey} jobId={jobId}>
      {open.error !== null ? (
        <NotOpened
          error={open.error}
          target={target}
          archiveKey={archiveKey}
          onRetry={open.isFetching ? undefined : () => void open.refetch()}
        />
      ) : (
        <ArchivedReading target={target} archiveKey={archiveKey} />
      )}
    </Unopened>
  );
}

function OpenedJob(props: {
  readonly opened: OpenedResult;
  readonly reopen: () => void;
  readonly Logs: LogsPanel;
}): ReactNode {
  const archived = useArchived(props.opened, props.reopen);
  const { source, job_id } = props.opened;
  return <JobContent source={source} jobId={job_id} archived={archived} Logs={props.Logs} />;
}

/** The frame of a result that is not open (yet): its title, and the way back. */
function Unopened(props: {
  readonly target: string;
  readonly archiveKey: string;
  readonly jobId: string;
  readonly children: ReactNode;
}): ReactNode {
  const { target, archiveKey } = props;
  const back = paths.archive(target, archiveKey);
  useActions([
    { id: 'job.back', title: 'Back to the archive', group: 'Job', keys: ['u'], run: () => navigate(back) },
  ]);
  return (
    <View
      title={
        <>
          <a className={page.crumb} href={`#${back}`}>
            Archive
          </a>
          <span className="faint">/</span>
          <h1>
            <Id id={props.jobId} />
          </h1>
        </>
      }
    >
      {props.children}
    </View>
  );
}

function NotOpened(props: {
  readonly error: unknown;
  readonly target: string;
  readonly archiveKey: string;
  readonly onRetry: (() => void) | undefined;
}): ReactNode {
  const { target, archiveKey } = props;
  const { orpc } = useApi();
  const targets = useQuery(orpc.archive.targets.queryOptions());
  const download = useDownload({ target, key: archiveKey });
  const failure = shownFailure(props.error);
  const next = nextStep(failure.code);
  return (
    <div className={page.centre}>
      <FailureNotice
        failure={next === undefined ? failure : { ...failure, message: `${failure.message} ${next}` }}
        what="The archived result was not opened."
        onRetry={props.onRetry}
      >
        {bytesCanBeHad(failure.code) && (
          <Button variant="default" loading={download.isPending} onClick={() => download.mutate()}>
            Download the exact bytes
          </Button>
        )}
        <Button variant="default" component="a" href={`#${paths.archive(target, archiveKey)}`}>
          Back to the archive
        </Button>
      </FailureNotice>
      <dl className={styles.object}>
        <div>
          <dt>target</dt>
          <dd>{targets.data?.find((one) => one.target === target)?.title ?? target}</dd>
        </div>
        <div>
          <dt>key</dt>
          <dd>
            <CopyButton text={archiveKey} label={`Copy the key ${archiveKey}`}>
              <span className={`figure ${styles.whole}`}>{archiveKey}</span>
            </CopyButton>
          </dd>
        </div>
      </dl>
      {download.error !== null && (
        <FailureNotice failure={shownFailure(download.error)} what="The bytes were not downloaded." />
      )}
    </div>
  );
}
