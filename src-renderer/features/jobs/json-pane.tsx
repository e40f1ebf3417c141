import { type ReactNode, useMemo } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { formatBytes } from '#shared/lib/format.ts';
import styles from './job-page.module.css';

/** Beyond this the page would stand still; the copy holds everything. */
const SHOWN_CHARACTERS = 400_000;

/** A JSON document as it was stored, indented. */
export function JsonPane(props: {
  readonly value: unknown;
  readonly empty: string;
  readonly name: string;
}): ReactNode {
  const text = useMemo(
    () => (props.value === null || props.value === undefined ? null : JSON.stringify(props.value, null, 2)),
    [props.value],
  );
  if (text === null) return <p className={`${styles.pad} dim`}>{props.empty}</p>;
  return (
    <div className={styles.pad}>
      <div className={styles.paneHead}>
        <span className="dim">{formatBytes(text.length)}</span>
        <CopyButton text={text} label={`Copy the ${props.name} as JSON`}>
          Copy JSON
        </CopyButton>
      </div>
      <pre className={styles.json}>{text.slice(0, SHOWN_CHARACTERS)}</pre>
      {text.length > SHOWN_CHARACTERS && (
        <p className="dim">
          The first {formatBytes(SHOWN_CHARACTERS)} of {formatBytes(text.length)}; the copy is whole.
        </p>
      )}
    </div>
  );
}
