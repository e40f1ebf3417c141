import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import styles from './costs.module.css';

/** An answer of the engine, or why there is none; before it comes, bones as high as what will stand there. */
export function Answered<T>(props: {
  readonly query: UseQueryResult<T>;
  /** What could not be done: "The spending could not be read." */
  readonly what: string;
  readonly bones?: readonly number[];
  readonly children: (answer: T) => ReactNode;
}): ReactNode {
  const { query } = props;
  // What was known stays on the page while a later reading fails: the failure stands above it.
  const failure =
    query.error === null ? null : (
      <div className={styles.notice}>
        <FailureNotice
          failure={shownFailure(query.error)}
          what={props.what}
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  if (query.data === undefined) {
    return (
      failure ?? (
        <Delayed>
          <div className={styles.page} role="status" aria-label="Reading">
            {(props.bones ?? [24, 120, 320]).map((height, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: bones never move
              <div key={at} className={styles.bone} style={{ height }} />
            ))}
          </div>
        </Delayed>
      )
    );
  }
  return (
    <>
      {failure}
      {props.children(query.data)}
    </>
  );
}
