import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { TestReport } from '#shared/contract/types.ts';
import { formatDuration } from '#shared/lib/format.ts';
import styles from './settings.module.css';

/** A Test button, after what else belongs on its line, and, below it, each step that was tried with what to change where one failed. */
export function TestButton(props: {
  readonly title: string;
  readonly disabled?: boolean;
  readonly test: () => Promise<TestReport>;
  readonly children?: ReactNode;
}): ReactNode {
  const test = useMutation({ mutationFn: props.test });
  return (
    <div className={styles.test}>
      <div className={styles.testLine}>
        {props.children}
        <Button
          variant="default"
          loading={test.isPending}
          disabled={props.disabled === true}
          onClick={() => test.mutate()}
          aria-label={`Test ${props.title}`}
        >
          Test
        </Button>
        {test.data !== undefined && (
          <span data-ok={test.data.ok} className={styles.verdict} role="status">
            {test.data.ok ? '✓ It works' : '✕ It does not work yet'}
          </span>
        )}
      </div>
      {test.data !== undefined && <Steps report={test.data} />}
      {test.error !== null && (
        <FailureNotice failure={shownFailure(test.error)} what="The test could not be run." />
      )}
    </div>
  );
}

function Steps(props: { readonly report: TestReport }): ReactNode {
  return (
    <ol className={styles.steps}>
      {props.report.steps.map((step) => (
        <li key={step.name} data-ok={step.ok}>
          <span aria-hidden="true">{step.ok ? '✓' : '✕'}</span>
          <span>{step.name}</span>
          <span className="figure dim">{formatDuration(step.ms)}</span>
          <span className={styles.stepMessage}>
            <span className="visually-hidden">{step.ok ? 'passed: ' : 'failed: '}</span>
            {step.message}
          </span>
        </li>
      ))}
    </ol>
  );
}
