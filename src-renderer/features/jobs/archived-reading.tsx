import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { Banner } from '#renderer/widgets/notice.tsx';
import { DemoTag, StatusMark } from '#renderer/widgets/status-mark.tsx';
import { formatBytes, formatDuration, formatUsd } from '#shared/lib/format.ts';
import styles from './archived.module.css';
import { type PreviewFacts, previewFacts } from './archived-words.ts';

/** What the first bytes of a result say while the rest is read. None of it is verified, and it says so. */
export function ArchivedReading(props: { readonly target: string; readonly archiveKey: string }): ReactNode {
  const { orpc } = useApi();
  const preview = useQuery(
    orpc.archive.preview.queryOptions({
      input: { target: props.target, key: props.archiveKey },
      // Opening says what fails, and better.
      retry: false,
    }),
  );
  if (preview.data === undefined) {
    return (
      <Delayed>
        <Banner>Reading {props.archiveKey}</Banner>
      </Delayed>
    );
  }
  const { size_bytes, last_modified, members } = preview.data;
  return (
    <Delayed>
      <Banner tone="warning">
        <span role="status">Reading {formatBytes(size_bytes)}, not verified yet…</span>
      </Banner>
      <Facts facts={previewFacts(members)}>
        <Fact name="size">
          <Figure text={formatBytes(size_bytes)} exact={`${size_bytes} B`} />
        </Fact>
        <Fact name="written">
          <At at={last_modified} />
        </Fact>
      </Facts>
    </Delayed>
  );
}

function Facts(props: { readonly facts: PreviewFacts; readonly children: ReactNode }): ReactNode {
  const { facts } = props;
  return (
    <dl className={styles.reading}>
      {facts.status !== null && (
        <Fact name="status">
          <StatusMark status={facts.status} /> {facts.demo && <DemoTag />}
        </Fact>
      )}
      <Fact name="kind">{facts.kind}</Fact>
      <Fact name="agent">{facts.agent}</Fact>
      <Fact name="model">{facts.model}</Fact>
      <Fact name="backend_type">{facts.backendType}</Fact>
      <Fact name="tenant">{facts.tenant}</Fact>
      {facts.startedAt !== null && (
        <Fact name="started">
          <At at={facts.startedAt} />
        </Fact>
      )}
      {facts.endedAt !== null && (
        <Fact name="ended">
          <At at={facts.endedAt} />
        </Fact>
      )}
      {facts.startedAt !== null && facts.endedAt !== null && (
        <Fact name="duration">
          <Figure text={formatDuration((facts.endedAt - facts.startedAt) * 1000)} />
        </Fact>
      )}
      {facts.costUsd !== null && (
        <Fact name="cost">
          <Figure text={formatUsd(facts.costUsd)} exact={`$${facts.costUsd}`} />
        </Fact>
      )}
      {props.children}
      <Fact name="question">{facts.question}</Fact>
    </dl>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  if (props.children === null) return null;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
