import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Settings } from '#shared/contract/contract.ts';
import styles from './http.module.css';
import { SecretSelect } from './secret-select.tsx';
import page from './settings.module.css';

type Header = Settings['http']['otlp_out']['headers'][number];
const MOST = 16;

/** Headers sent along, each with the name of the secret that holds its value. */
export function OtlpHeaders(props: {
  readonly headers: readonly Header[];
  readonly onSave: (headers: Header[]) => void;
}): ReactNode {
  const { headers, onSave } = props;
  const [draft, setDraft] = useState<{ readonly name: string; readonly secret: string | null } | null>(null);
  const isName = draft !== null && /^[A-Za-z0-9-]{1,128}$/.test(draft.name.trim());
  return (
    <div className={styles.headers}>
      {headers.map(({ name, secret }, at) => (
        <div key={name} className={page.itemHead}>
          <span className="figure">{name}</span>
          <span className="dim">from the secret {secret}</span>
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`Remove the header ${name}`}
            onClick={() => onSave(headers.filter((_, i) => i !== at))}
          >
            Remove
          </Button>
        </div>
      ))}
      {draft === null ? (
        headers.length < MOST && (
          <div>
            <Button variant="default" onClick={() => setDraft({ name: 'Authorization', secret: null })}>
              Add header
            </Button>
          </div>
        )
      ) : (
        <form
          aria-label="Header"
          className={styles.header}
          onSubmit={(event) => {
            event.preventDefault();
            if (!isName || draft.secret === null) return;
            const name = draft.name.trim();
            const others = headers.filter((one) => one.name.toLowerCase() !== name.toLowerCase());
            onSave([...others, { name, secret: draft.secret }]);
            setDraft(null);
          }}
        >
          <TextInput
            label="Header"
            description="Letters, digits and -."
            autoComplete="off"
            spellCheck={false}
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          />
          <SecretSelect
            label="Secret"
            description="That holds its whole value."
            value={draft.secret}
            onChange={(secret) => setDraft({ ...draft, secret })}
          />
          <Button type="submit" disabled={!isName || draft.secret === null}>
            Save
          </Button>
          <Button variant="default" onClick={() => setDraft(null)}>
            Discard
          </Button>
        </form>
      )}
    </div>
  );
}
