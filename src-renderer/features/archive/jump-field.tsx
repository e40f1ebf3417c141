import { TextInput } from '@mantine/core';
import { type ReactNode, type RefObject, useState } from 'react';
import styles from './archive.module.css';

/** Goes to a job id, a key, a URI or a path. Enter again opens what was found. */
export function JumpField(props: {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onJump: (typed: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState('');
  return (
    <form
      className={styles.jump}
      onSubmit={(event) => {
        event.preventDefault();
        props.onJump(typed);
      }}
    >
      <TextInput
        ref={props.field}
        value={typed}
        maxLength={2048}
        placeholder="Job id, key or s3://…  F"
        aria-label="Jump to a job id, key or URI"
        title="Finds a result by its job id, also before it is listed; a key or URI is shown at once"
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
    </form>
  );
}
