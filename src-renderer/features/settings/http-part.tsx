import { NumberInput, Switch } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import type { Failure } from '#shared/model/failure.ts';
import type { Listening } from '#shared/model/http.ts';
import styles from './http.module.css';
import page from './settings.module.css';

/** Something that can listen: its switch, its port, and what is true of it now. */
export function HttpPart(props: {
  readonly title: string;
  readonly description: string;
  readonly on: boolean;
  readonly port: number;
  /** Undefined while that is not known. */
  readonly state: Listening | undefined;
  readonly onSave: (part: { readonly enabled?: boolean; readonly port?: number }) => void;
  readonly children?: ReactNode;
}): ReactNode {
  const { title, on, port, state, onSave } = props;
  return (
    <div className={styles.part}>
      <div className={styles.partHead}>
        <Switch
          label={title}
          description={props.description}
          checked={on}
          onChange={(event) => onSave({ enabled: event.currentTarget.checked })}
        />
        <Port title={title} port={port} onSave={(next) => onSave({ port: next })} />
      </div>
      {state !== undefined && (state.enabled || state.url !== null) && <ListeningLine state={state} />}
      {props.children}
    </div>
  );
}

function Port(props: {
  readonly title: string;
  readonly port: number;
  readonly onSave: (port: number) => void;
}): ReactNode {
  const [draft, setDraft] = useState<number | string>(props.port);
  const [seen, setSeen] = useState(props.port);
  if (seen !== props.port) {
    setSeen(props.port);
    setDraft(props.port);
  }
  const save = (): void => {
    if (typeof draft === 'number' && draft !== props.port) props.onSave(draft);
    else if (typeof draft !== 'number') setDraft(props.port);
  };
  return (
    <NumberInput
      aria-label={`Port: ${props.title}`}
      title="Port on 127.0.0.1; 0: any that is free"
      prefix="Port "
      value={draft}
      min={0}
      max={65_535}
      allowDecimal={false}
      hideControls
      clampBehavior="blur"
      onChange={setDraft}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
    />
  );
}

function ListeningLine(props: { readonly state: Listening }): ReactNode {
  const { url, trouble } = props.state;
  return (
    <>
      <div className={styles.state} role="status">
        {url !== null ? (
          <>
            <span className={styles.word} data-tone="ok">
              ● listens
            </span>
            <CopyButton text={url} label={`Copy ${url}`}>
              <span className="figure">{url}</span>
            </CopyButton>
          </>
        ) : (
          <span className={styles.word} data-tone="trouble">
            ✕ does not listen
          </span>
        )}
      </div>
      {trouble !== null && <TroubleLine trouble={trouble} />}
    </>
  );
}

export const TroubleLine = (props: { readonly trouble: Failure }): ReactNode => (
  <p className={styles.trouble} role="alert">
    {props.trouble.message} <code className={styles.code}>{props.trouble.code}</code>
  </p>
);

/** Variables for somebody's shell, with a button that copies them. */
export const EnvBlock = (props: { readonly text: string; readonly label: string }): ReactNode => (
  <div className={styles.env}>
    <p className={page.hint}>{props.label}</p>
    <pre>{props.text}</pre>
    <CopyButton text={props.text} label={`Copy: ${props.label}`} />
  </div>
);
