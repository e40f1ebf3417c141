import { TextInput } from '@mantine/core';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import type { Milliseconds } from '#shared/model/units.ts';
import styles from './filter-bar.module.css';

const TYPING_MS: Milliseconds = 150;

/** Types at once, asks a moment later. */
export function SearchField(props: {
  readonly text: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
}): ReactNode {
  const { text, onChange } = props;
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  if (text !== seen) {
    setSeen(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onChange]);
  return (
    <TextInput
      ref={props.field}
      className={styles.search}
      value={typed}
      maxLength={256}
      placeholder="Search  /"
      aria-label="Search in job id, question, model, agent and message"
      title="Searches job id, question, model, agent and message"
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setTyped('');
      }}
    />
  );
}
