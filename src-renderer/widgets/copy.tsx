import { type ReactNode, useEffect, useState } from 'react';
import { formatId } from '#shared/lib/format.ts';
import styles from './copy.module.css';

/** Writes to the clipboard; false where the page may not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Says for a moment what became of a copy. */
export function useCopied(): readonly [string | null, (text: string) => void] {
  const [note, setNote] = useState<string | null>(null);
  useEffect(() => {
    if (note === null) return;
    const timer = setTimeout(() => setNote(null), 1_500);
    return () => clearTimeout(timer);
  }, [note]);
  return [
    note,
    (text) => void copyText(text).then((done) => setNote(done ? 'Copied' : 'The clipboard is not available')),
  ];
}

export function CopyButton(props: {
  readonly text: string;
  readonly label: string;
  readonly children?: ReactNode;
}): ReactNode {
  const [note, copy] = useCopied();
  return (
    <button
      type="button"
      className={styles.copy}
      title={props.label}
      aria-label={props.label}
      onClick={() => copy(props.text)}
    >
      {props.children !== undefined && <span>{props.children}</span>}
      <span className={styles.note} aria-live="polite">
        {note ?? (props.children === undefined ? 'Copy' : '')}
      </span>
    </button>
  );
}

/** The first eight characters; a click copies the whole. */
export function Id(props: { readonly id: string }): ReactNode {
  return (
    <CopyButton text={props.id} label={`Copy ${props.id}`}>
      <span className="figure">{formatId(props.id)}</span>
    </CopyButton>
  );
}
