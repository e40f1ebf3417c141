import { TextInput } from '@mantine/core';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import type { Milliseconds } from '#shared/model/units.ts';

const TYPING_MS: Milliseconds = 150;

/** Types at once, asks a moment later. */
export function SearchField(props: {
  readonly text: string;
  readonly field: RefObject<HTMLInputElement | null>;
  /** What is searched: for screen readers, and as a tip. */
  readonly label: string;
  readonly tip: string;
  readonly placeholder: string;
  readonly className: string | undefined;
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
      className={props.className}
      value={typed}
      maxLength={256}
      placeholder={props.placeholder}
      aria-label={props.label}
      title={props.tip}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setTyped('');
      }}
    />
  );
}
