import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import styles from './confirm.module.css';

/** Asks in place, naming the thing in the button. Escape keeps everything as it is. */
export function Confirm(props: {
  readonly question: ReactNode;
  readonly confirm: string;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onDismiss: () => void;
}): ReactNode {
  const keep = useRef<HTMLButtonElement>(null);
  const { onDismiss } = props;
  useEffect(() => keep.current?.focus(), []);
  return (
    <div
      className={styles.confirm}
      role="alertdialog"
      aria-label={props.confirm}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onDismiss();
      }}
    >
      <span className={styles.question}>{props.question}</span>
      <Button color="red" loading={props.busy === true} onClick={props.onConfirm}>
        {props.confirm}
      </Button>
      <Button ref={keep} variant="default" onClick={props.onDismiss}>
        Keep
      </Button>
    </div>
  );
}
