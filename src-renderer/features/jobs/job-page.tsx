import type { ReactNode } from 'react';
import { archivedParts } from '#shared/model/source.ts';
import { ArchivedJobPage } from './archived-job-page.tsx';
import { JobContent, type LogsPanel } from './job-content.tsx';

/** One job, wherever it lies; an archived result is opened and verified first. */
export function JobPage(props: {
  readonly source: string;
  readonly jobId: string;
  readonly Logs: LogsPanel;
}): ReactNode {
  const archived = archivedParts(props.source);
  return archived === null ? (
    <JobContent source={props.source} jobId={props.jobId} Logs={props.Logs} />
  ) : (
    <ArchivedJobPage
      jobId={props.jobId}
      target={archived.target}
      archiveKey={archived.key}
      Logs={props.Logs}
    />
  );
}
