import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { z } from 'zod';
import { shownFailure } from '#renderer/client/failure.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { DemoTag, StatusMark } from '#renderer/widgets/status-mark.tsx';
import { useStored } from '#renderer/widgets/stored.ts';
import { formatBytes } from '#shared/lib/format.ts';
import type { ArchivePreview, Verification } from '#shared/model/archive.ts';
import styles from './inspector.module.css';
import { nameOf } from './jump.ts';
import { Middle } from './middle.tsx';
import { previewFacts } from './preview-facts.ts';
import { VerificationCard } from './verification-card.tsx';

const WIDTH = { least: 260, initial: 340, most: 800 };

export interface InspectorActions {
  readonly open: () => void;
  readonly verify: () => void;
  readonly download: () => void;
  readonly copyKey: () => void;
  readonly copyUri: () => void;
  /** Null where the archive gives no links. */
  readonly presign: (() => void) | null;
}

/** What the selected result says of itself before it is opened, and what can be done with it. */
export function ObjectInspector(props: {
  readonly objectKey: string;
  readonly uri: string;
  readonly preview: UseQueryResult<ArchivePreview>;
  readonly verification: {
    readonly data: Verification | undefined;
    readonly error: unknown;
    readonly isPending: boolean;
  };
  readonly actions: InspectorActions;
}): ReactNode {
  const { objectKey, preview, verification, actions } = props;
  const [width, setWidth] = useStored('archive.inspector-width', z.number(), WIDTH.initial);
  return (
    <aside className={styles.inspector} style={{ width }} aria-label="Inspector">
      <Edge width={width} onWidth={setWidth} />
      {objectKey === '' ? (
        <div className={styles.scroll}>
          <p className="dim">Select a result to see what it says. Enter opens it in the Job view.</p>
        </div>
      ) : (
        <>
          <div className={styles.head}>
            <h2>
              <Middle text={nameOf(objectKey)} />
            </h2>
            <div className={styles.actions}>
              <Button title="Open in the Job view  Enter" onClick={actions.open}>
                Open
              </Button>
              <Button
                variant="default"
                title="Verify this result  V"
                loading={verification.isPending}
                onClick={actions.verify}
              >
                Verify
              </Button>
              <Button variant="default" title="Download the exact bytes  D" onClick={actions.download}>
                Download
              </Button>
              <Button variant="default" title="Copy the key  C" onClick={actions.copyKey}>
                Copy key
              </Button>
              <Button variant="default" title={`Copy ${props.uri}  Shift C`} onClick={actions.copyUri}>
                Copy URI
              </Button>
              {actions.presign !== null && (
                <Button
                  variant="default"
                  title="Copy a link that works without credentials for an hour  P"
                  onClick={actions.presign}
                >
                  Copy link
                </Button>
              )}
            </div>
          </div>
          <div className={styles.scroll}>
            {verification.error != null && (
              <FailureNotice
                failure={shownFailure(verification.error)}
                what="This result could not be verified."
                onRetry={actions.verify}
              />
            )}
            {verification.data !== undefined && <VerificationCard verification={verification.data} />}
            {preview.error !== null ? (
              <FailureNotice
                failure={shownFailure(preview.error)}
                what="This result could not be read."
                onRetry={() => void preview.refetch()}
              />
            ) : preview.data === undefined ? (
              <Delayed>
                <p className="dim">Reading…</p>
              </Delayed>
            ) : (
              <Preview preview={preview.data} isVerified={verification.data !== undefined} />
            )}
          </div>
        </>
      )}
    </aside>
  );
}

function Preview(props: { readonly preview: ArchivePreview; readonly isVerified: boolean }): ReactNode {
  const { preview } = props;
  const facts = previewFacts(preview);
  return (
    <>
      <div>
        {facts.status === null ? (
          <span className="dim">This body names no status.</span>
        ) : (
          <StatusMark status={facts.status} />
        )}{' '}
        {facts.demo && <DemoTag />}
      </div>
      {facts.error !== null && (
        <div>
          {facts.error.code !== null && <code className={styles.bad}>{facts.error.code} </code>}
          <span className={styles.prose}>{facts.error.message}</span>
        </div>
      )}
      <dl className={styles.facts}>
        {facts.facts.map((fact) => (
          <Fact key={fact.name} name={fact.name} title={fact.exact ?? fact.value}>
            {fact.value}
          </Fact>
        ))}
        {facts.times.map((time) => (
          <Fact key={time.name} name={time.name}>
            <At at={time.at} />
          </Fact>
        ))}
        <Fact name="size">
          <Figure text={formatBytes(preview.size_bytes)} exact={`${preview.size_bytes} B`} />
        </Fact>
        <Fact name="last modified">
          <At at={preview.last_modified} />
        </Fact>
        <Fact name="schema">{facts.schema ?? <Figure text="–" unknown="The body names none" />}</Fact>
        <Fact name="sha256">
          {facts.sha256 === null ? (
            <Figure text="–" unknown="The body carries no hash" />
          ) : (
            <CopyButton text={facts.sha256} label={`Copy ${facts.sha256}`}>
              <span className="figure">{facts.sha256.slice(0, 16)}…</span>
            </CopyButton>
          )}
        </Fact>
        <Fact name="etag">
          {preview.etag === null ? (
            <Figure text="–" unknown="The archive gives none" />
          ) : (
            <Middle text={preview.etag.replaceAll('"', '')} />
          )}
        </Fact>
        <Fact name="key">
          <CopyButton text={preview.key} label={`Copy ${preview.key}`}>
            <Middle text={preview.key} end={16} />
          </CopyButton>
        </Fact>
      </dl>
      {facts.question !== null && <Prose title="Question" text={facts.question} />}
      {facts.answer !== null && <Prose title="Answer" text={facts.answer} />}
      {!props.isVerified && (
        <p className={styles.quiet}>
          {preview.partial
            ? 'Read in part, as the body says it. Nothing here is verified.'
            : 'As the body says it. Nothing here is verified.'}
        </p>
      )}
    </>
  );
}

function Prose(props: { readonly title: string; readonly text: string }): ReactNode {
  return (
    <section aria-label={props.title}>
      <h3 className="dim">{props.title}</h3>
      <p className={styles.prose}>{props.text}</p>
    </section>
  );
}

function Fact(props: {
  readonly name: string;
  readonly title?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd title={props.title}>{props.children}</dd>
    </div>
  );
}

function Edge(props: { readonly width: number; readonly onWidth: (width: number) => void }): ReactNode {
  const { width } = props;
  const start = useRef({ x: 0, width });
  const resize = (next: number): void =>
    props.onWidth(Math.max(WIDTH.least, Math.min(WIDTH.most, Math.round(next))));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is not a rule
    <div
      className={styles.edge}
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the inspector"
      aria-valuenow={width}
      aria-valuemin={WIDTH.least}
      aria-valuemax={WIDTH.most}
      tabIndex={0}
      onPointerDown={(event: PointerEvent<HTMLDivElement>) => {
        start.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event: PointerEvent<HTMLDivElement>) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          resize(start.current.width + start.current.x - event.clientX);
      }}
      onDoubleClick={() => props.onWidth(WIDTH.initial)}
      onKeyDown={(event: KeyboardEvent) => {
        const step = event.key === 'ArrowLeft' ? 16 : event.key === 'ArrowRight' ? -16 : 0;
        if (step === 0) return;
        event.preventDefault();
        resize(width + step);
      }}
    />
  );
}
