import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { CopyButton, Id } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { SpanDetail } from '#shared/contract/types.ts';
import { formatDuration, formatDurationExact } from '#shared/lib/format.ts';
import { MODEL_CALL_ATTRIBUTE } from '#shared/model/model-call.ts';
import type { AttributeValue } from '#shared/model/span.ts';
import {
  SPAN_CLAMPED,
  SPAN_EXTERNAL,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_OPEN,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';
import styles from './job-page.module.css';
import { ModelCall } from './model-call.tsx';

/** What a flag means for the reader of the figures. Of a lost span the engine itself says so. */
const FLAGS: readonly (readonly [bit: number, says: string])[] = [
  [SPAN_OPEN, 'It has not ended yet.'],
  [SPAN_INFERRED, 'Its start or its parent was not recorded; it is inferred from times.'],
  [SPAN_CLAMPED, 'Widened to hold children that another clock measured.'],
];

/** The span that was picked in the waterfall: when, how long, its attributes, and what about it was not measured. */
export function SpanPane(props: {
  readonly source: string;
  readonly jobId: string;
  readonly store: TraceStore;
  readonly spanId: string | null;
}): ReactNode {
  const { source, jobId, store, spanId } = props;
  const { orpc } = useApi();
  const place = usePlaceInTrace(store, spanId);
  const detail = useQuery(
    orpc.trace.span.queryOptions({
      input: { source, job_id: jobId, span_id: spanId ?? '', event_id: place?.eventId ?? 0 },
      enabled: spanId !== null && place !== null,
    }),
  );
  if (spanId === null) return <p className={`${styles.pad} dim`}>Pick a span in the waterfall.</p>;
  if (place === null) return <p className={`${styles.pad} dim`}>No span of this job has the id {spanId}.</p>;
  if (detail.error !== null) {
    return (
      <div className={styles.pad}>
        <FailureNotice
          failure={shownFailure(detail.error)}
          what="The span could not be read."
          onRetry={() => void detail.refetch()}
        />
      </div>
    );
  }
  if (detail.data === undefined) {
    return (
      <Delayed>
        <p className={`${styles.pad} dim`}>Reading the span…</p>
      </Delayed>
    );
  }
  return <SpanFacts span={detail.data} originUs={place.originUs} />;
}

interface Place {
  readonly eventId: number;
  readonly originUs: number;
}

/** Where the span stands in the trace now; null when it is not in it. Changes when the span ends. */
function usePlaceInTrace(store: TraceStore, spanId: string | null): Place | null {
  const subscribe = useCallback((changed: () => void) => store.subscribe(changed), [store]);
  const eventId = useSyncExternalStore(subscribe, () => {
    const index = spanId === null ? -1 : store.find(spanId);
    return index === -1 ? null : (store.trace.eventId[index] ?? 0);
  });
  const { originUs }: TraceColumns = store.trace;
  return eventId === null ? null : { eventId, originUs };
}

function SpanFacts(props: { readonly span: SpanDetail; readonly originUs: number }): ReactNode {
  const { span, originUs } = props;
  const { [MODEL_CALL_ATTRIBUTE]: call, ...attributes } = span.attributes;
  // Of a span that came from outside, its notes say what was done to it.
  const flags = (span.flags & SPAN_EXTERNAL) === 0 ? span.flags : 0;
  const says = FLAGS.flatMap(([bit, text]) => ((flags & bit) === 0 ? [] : [text]));
  return (
    <div className={styles.pad}>
      <div className={styles.paneHead}>
        <h3>{span.name}</h3>
        <CopyButton text={JSON.stringify(span, null, 2)} label="Copy this span as JSON">
          Copy JSON
        </CopyButton>
      </div>
      <dl className={styles.facts}>
        <Row name="status">
          <Status span={span} />
        </Row>
        {span.error_type !== null && <Row name="error_type">{span.error_type}</Row>}
        <Row name="duration">
          <Figure
            text={`${isLost(span) ? '≥ ' : ''}${formatDuration(span.duration_ms)}`}
            exact={formatDurationExact(span.duration_ms)}
            unknown="It has not ended"
          />
        </Row>
        <Row name="start">
          <Figure
            text={`+${formatDuration((span.start_us - originUs) / 1000)}`}
            exact="after the job's first span"
          />
          {' · '}
          <At at={span.start_us / 1_000_000} clockOnly />
        </Row>
        <Row name="span_id">
          <Id id={span.span_id} />
        </Row>
        {span.raw_name !== null && <Row name="name in the store">{span.raw_name}</Row>}
      </dl>
      {call !== undefined && <ModelCall value={call} />}
      <section>
        <h3 className="dim">Attributes</h3>
        {Object.keys(attributes).length === 0 && <p className="faint">None were recorded.</p>}
        <dl className={styles.attributes}>
          {Object.entries(attributes).map(([name, value]) => (
            <Row key={name} name={name}>
              <Attribute value={value} />
            </Row>
          ))}
        </dl>
      </section>
      {[...says, ...span.notes].length > 0 && (
        <section>
          <h3 className="dim">Notes</h3>
          <ul className={styles.notes}>
            {[...says, ...span.notes].map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

const isLost = (span: SpanDetail): boolean => (span.flags & SPAN_LOST) !== 0;

/** In the words and signs of the waterfall. */
function Status(props: { readonly span: SpanDetail }): ReactNode {
  const { span } = props;
  if (isLost(span)) return <span className={styles.error}>▨ lost</span>;
  if (span.status === 'error') return <span className={styles.error}>✕ error</span>;
  return <span className={styles.ok}>{span.duration_ms === null ? '▸ open' : '✓ ok'}</span>;
}

function Row(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** A value as it was recorded; null is a value too. */
function Attribute(props: { readonly value: AttributeValue }): ReactNode {
  const { value } = props;
  if (value === null) return <span className="faint">null</span>;
  return <span className="figure">{typeof value === 'string' ? value : compact(value)}</span>;
}

const ONE_LINE = 48;

/** Short lists and objects on one line, others indented. */
function compact(value: AttributeValue): string {
  const line = JSON.stringify(value);
  return line.length <= ONE_LINE ? line : JSON.stringify(value, null, 2);
}
