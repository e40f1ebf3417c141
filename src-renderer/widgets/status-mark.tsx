import type { ReactNode } from 'react';
import styles from './status-mark.module.css';

/** A shape per status, drawn in a 12 px box; colour comes from the class. */
function shapeOf(status: string): ReactNode {
  switch (status) {
    case 'queued':
    case 'pending':
      return (
        <circle
          cx="6"
          cy="6"
          r="4"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2 2"
        />
      );
    case 'running':
      return <path d="M3 2 L10 6 L3 10 Z" fill="currentColor" />;
    case 'succeeded':
    case 'success':
      return <path d="M2 6.5 L5 9.5 L10.5 3" fill="none" stroke="currentColor" strokeWidth="2" />;
    case 'failed':
      return (
        <path d="M2.5 2.5 L9.5 9.5 M9.5 2.5 L2.5 9.5" fill="none" stroke="currentColor" strokeWidth="2" />
      );
    case 'cancelled':
    case 'skipped':
      return (
        <path
          d="M2.5 9.5 L9.5 2.5 M6 1.5 A4.5 4.5 0 1 1 5.99 1.5"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
        />
      );
    default:
      return <path d="M6 1 L11 6 L6 11 L1 6 Z" fill="none" stroke="currentColor" strokeWidth="1.5" />;
  }
}

/** Status as shape, word and colour. A status nobody knows is shown as it is, with a diamond. */
export function StatusMark(props: { readonly status: string }): ReactNode {
  return (
    <span className={styles.status} data-status={props.status}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {shapeOf(props.status)}
      </svg>
      {props.status}
    </span>
  );
}

/** Wears its label everywhere: this came from the built-in demo. */
export function DemoTag(): ReactNode {
  return (
    <span className={styles.tag} title="Made by the built-in demo backend: not a measurement of a real model">
      demo
    </span>
  );
}

/** A success whose answer reads like an error message. */
export function SuspectTag(props: { readonly short?: boolean }): ReactNode {
  return (
    <span
      className={`${styles.tag} ${styles.suspect}`}
      title="Succeeded, but the answer reads like an error message that a driver returned as its answer"
    >
      !<span className={props.short === true ? 'visually-hidden' : ''}> suspect</span>
    </span>
  );
}
