import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { CopyButton, Id } from '#renderer/widgets/copy.tsx';
import { At } from '#renderer/widgets/figure.tsx';
import { formatIso } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { OWN } from '#shared/model/source.ts';
import { LevelMark } from './level-mark.tsx';
import styles from './logs.module.css';
import { type LogsView, meaningOf } from './logs-url.ts';

/** The line that was picked, whole: its message, what it is about, and where to go from it. */
export function LineDetail(props: {
  readonly line: LogLine;
  readonly view: LogsView;
  readonly onView: (view: LogsView) => void;
}): ReactNode {
  const { line, view, onView } = props;
  const { job_id, span_id, tenant_id } = line;
  const meaning = meaningOf(line.event);
  const fields = Object.entries(line.fields);
  return (
    <aside className={styles.detail} aria-label="Log line">
      <div className={styles.detailHead}>
        <h2>{line.event}</h2>
        <CopyButton text={JSON.stringify(line, null, 2)} label="Copy this line as JSON">
          Copy JSON
        </CopyButton>
        <Button
          variant="default"
          size="compact-xs"
          title="Close  Esc"
          aria-label="Close the line"
          onClick={() => onView({ ...view, line: null })}
        >
          ✕
        </Button>
      </div>
      <p className={styles.text}>{line.message}</p>
      <div className={styles.jumps}>
        {job_id !== null && span_id !== null && (
          <Button component="a" href={`#${paths.job(OWN, job_id, span_id)}`} title="Open span  O">
            Open its span
          </Button>
        )}
        {job_id !== null && (
          <Button
            component="a"
            variant={span_id === null ? 'filled' : 'default'}
            href={`#${paths.job(OWN, job_id)}`}
            title={span_id === null ? 'Open job  O' : undefined}
          >
            Open its job
          </Button>
        )}
        {job_id !== null && view.job !== job_id && (
          <Button variant="default" onClick={() => onView({ ...view, job: job_id })}>
            Only this job
          </Button>
        )}
        {view.event !== line.event && (
          <Button variant="default" onClick={() => onView({ ...view, event: line.event })}>
            Only this event
          </Button>
        )}
      </div>
      <dl className={styles.facts}>
        <Fact name="level">
          <LevelMark level={line.level} />
        </Fact>
        <Fact name="time">
          <At at={line.at} />
          <br />
          <CopyButton text={formatIso(line.at)} label="Copy the time in UTC">
            <span className="figure dim">{formatIso(line.at)}</span>
          </CopyButton>
        </Fact>
        <Fact name="logger">{line.logger}</Fact>
        {tenant_id !== null && (
          <Fact name="tenant">
            {tenant_id}{' '}
            {view.tenant !== tenant_id && (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => onView({ ...view, tenant: tenant_id })}
              >
                Only this tenant
              </Button>
            )}
          </Fact>
        )}
        {job_id !== null && (
          <Fact name="job_id">
            <Id id={job_id} />
          </Fact>
        )}
        {span_id !== null && (
          <Fact name="span_id">
            <Id id={span_id} />
          </Fact>
        )}
        {line.trace_id !== null && (
          <Fact name="trace_id">
            <Id id={line.trace_id} />
          </Fact>
        )}
        {fields.map(([name, value]) => (
          <Fact key={name} name={name}>
            <span className={value === null ? 'faint' : 'figure'}>{String(value)}</span>
          </Fact>
        ))}
      </dl>
      {meaning !== '' && (
        <p className="dim">
          <span className="figure">{line.event}</span>: {coded(meaning)}
        </p>
      )}
    </aside>
  );
}

/** What stands between backticks is a name. */
const coded = (text: string): readonly ReactNode[] =>
  text.split('`').map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part));

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
