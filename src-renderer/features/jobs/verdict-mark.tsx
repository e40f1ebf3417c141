import type { ReactNode } from 'react';
import type { Verification } from '#shared/model/archive.ts';
import styles from './archived.module.css';
import { verdictWords } from './archived-words.ts';

const SHAPES: { readonly [V in Verification['verdict']]: ReactNode } = {
  unchanged: (
    <>
      <path d="M7 1 L12.5 3 V7 C12.5 10 10 12.2 7 13 C4 12.2 1.5 10 1.5 7 V3 Z" />
      <path d="M4.4 7 L6.4 9 L9.8 5" />
    </>
  ),
  unsealed: (
    <>
      <path d="M7 1 L12.5 3 V7 C12.5 10 10 12.2 7 13 C4 12.2 1.5 10 1.5 7 V3 Z" strokeDasharray="2 1.5" />
      <path d="M4.8 7 H9.2" />
    </>
  ),
  failed: (
    <>
      <path d="M4.4 1 H9.6 L13 4.4 V9.6 L9.6 13 H4.4 L1 9.6 V4.4 Z" />
      <path d="M4.6 4.6 L9.4 9.4 M9.4 4.6 L4.6 9.4" />
    </>
  ),
};

/** What verifying found, as shape, words and colour. */
export function VerdictMark(props: { readonly verification: Verification }): ReactNode {
  const { verdict } = props.verification;
  const words = verdictWords(props.verification);
  return (
    <strong
      className={styles.verdict}
      data-verdict={verdict}
      role={verdict === 'failed' ? 'alert' : 'status'}
      title={
        verdict === 'unsealed'
          ? 'The record is well-formed, but carries no hash that could say whether it was changed'
          : words
      }
    >
      <svg
        viewBox="0 0 14 14"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
      >
        {SHAPES[verdict]}
      </svg>
      <span>{words}</span>
    </strong>
  );
}
