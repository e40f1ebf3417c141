import type { ReactNode } from 'react';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { JobLogs, JobLogsClosed } from './job-logs.tsx';

/** The log of a job as the Job view has it below its waterfall: open, or one line that opens it. */
export function JobLogPanel(props: {
  readonly jobId: string;
  readonly store: TraceStore;
  readonly spanId: string | null;
  readonly live: boolean;
  readonly shown: boolean;
  readonly onShown: (shown: boolean) => void;
  readonly onSpan: (spanId: string) => void;
}): ReactNode {
  const { shown, onShown, ...panel } = props;
  return shown ? (
    <JobLogs key={panel.jobId} {...panel} onClose={() => onShown(false)} />
  ) : (
    <JobLogsClosed onOpen={() => onShown(true)} />
  );
}
