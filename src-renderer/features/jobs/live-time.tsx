import type { ReactNode } from 'react';
import { Figure } from '#renderer/widgets/figure.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { formatDuration, formatDurationExact } from '#shared/lib/format.ts';
import type { JobRow } from '#shared/model/job.ts';

/** From start to end, ticking while the job runs. */
export function LiveDuration(props: {
  readonly job: Pick<JobRow, 'status' | 'started_at' | 'duration_ms'>;
}): ReactNode {
  const { status, started_at, duration_ms } = props.job;
  const running = status === 'running' && started_at !== null;
  const now = useNow(running ? 200 : null);
  if (running)
    return <Figure text={formatDuration(wholeTenths((now - started_at) * 1000))} exact="still running" />;
  return (
    <Figure
      text={formatDuration(duration_ms)}
      exact={formatDurationExact(duration_ms)}
      unknown={status === 'queued' ? 'It has not started' : 'Its start or its end was not recorded'}
    />
  );
}

/** From created to started, ticking while the job waits. */
export function LiveQueue(props: {
  readonly job: Pick<JobRow, 'status' | 'created_at' | 'queue_ms'>;
}): ReactNode {
  const { status, created_at, queue_ms } = props.job;
  const waiting = status === 'queued';
  const now = useNow(waiting ? 200 : null);
  if (waiting)
    return <Figure text={formatDuration(wholeTenths((now - created_at) * 1000))} exact="still waiting" />;
  return (
    <Figure
      text={formatDuration(queue_ms)}
      exact={formatDurationExact(queue_ms)}
      unknown="When it started was not recorded"
    />
  );
}

/** Tenths of a second: figures that tick should not flicker in their last digits. */
const wholeTenths = (ms: number): number => Math.max(0, Math.round(ms / 100) * 100);
