import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import styles from './job-page.module.css';
import { JsonPane } from './json-pane.tsx';

/** The span that was picked in the waterfall. */
export function SpanPane(props: {
  readonly source: string;
  readonly jobId: string;
  readonly store: TraceStore;
  readonly spanId: string | null;
}): ReactNode {
  const { orpc } = useApi();
  const { source, jobId, spanId } = props;
  const detail = useQuery(
    orpc.trace.span.queryOptions({
      input: { source, job_id: jobId, span_id: spanId ?? '0'.repeat(16) },
      enabled: spanId !== null,
    }),
  );
  if (spanId === null) return <p className={`${styles.pad} dim`}>Pick a span in the waterfall.</p>;
  if (detail.error !== null)
    return <FailureNotice failure={shownFailure(detail.error)} what="The span could not be read." />;
  return <JsonPane value={detail.data} name="span" empty="Reading the span…" />;
}
