import type { ReactNode, RefObject } from 'react';
import { SearchField } from '../search-field.tsx';
import styles from './filter-bar.module.css';

/** Looks for a text in what jobs say of themselves. */
export function JobSearch(props: {
  readonly text: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
}): ReactNode {
  return (
    <SearchField
      {...props}
      className={styles.search}
      placeholder="Search  /"
      label="Search in job id, question, model, agent and message"
      tip="Searches job id, question, model, agent and message"
    />
  );
}
