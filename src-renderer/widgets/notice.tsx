import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyButton } from './copy.tsx';
import styles from './notice.module.css';

/** What went wrong: the sentence, the code, what to do, and the details folded away. */
export function FailureNotice(props: {
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly detail?: string | undefined;
    readonly retryable?: boolean | undefined;
  };
  /** What could not be done: "The jobs could not be listed." */
  readonly what?: string | undefined;
  readonly onRetry?: (() => void) | undefined;
  readonly children?: ReactNode;
}): ReactNode {
  const { code, message, detail } = props.failure;
  const all = [props.what, message, `code: ${code}`, detail].filter((line) => line !== undefined).join('\n');
  return (
    <div className={styles.failure} role="alert">
      {props.what !== undefined && <strong>{props.what}</strong>}
      <p className={styles.message}>{message}</p>
      {detail !== undefined && (
        <details>
          <summary>Details</summary>
          <pre className={styles.detail}>{detail}</pre>
        </details>
      )}
      <div className={styles.actions}>
        <code className={styles.code}>{code}</code>
        {props.onRetry !== undefined && (
          <Button variant="default" onClick={props.onRetry}>
            Try again
          </Button>
        )}
        {props.children}
        <CopyButton text={all} label="Copy the error with its details">
          Copy details
        </CopyButton>
      </div>
    </div>
  );
}

/** A thin line across a view: what the reader must know about what is shown. */
export function Banner(props: {
  readonly tone?: 'plain' | 'warning';
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={styles.banner} data-tone={props.tone ?? 'plain'} role="note">
      {props.children}
    </div>
  );
}

/** Nothing here yet: what would be here, and the one action that fills it. */
export function EmptyState(props: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}): ReactNode {
  return (
    <div className={styles.emptyRoom}>
      <div className={styles.empty}>
        <h2>{props.title}</h2>
        <div className="dim">{props.children}</div>
        {props.action}
      </div>
    </div>
  );
}
