import { Button, Select, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { BACKEND_TYPES } from '#shared/model/job.ts';
import { focusFirst } from './focus-first.ts';
import { freeId } from './free-id.ts';
import { SecretSelect } from './secret-select.tsx';
import styles from './settings.module.css';
import { TestButton } from './test-report.tsx';
import type { SettingsAccess } from './use-settings.ts';

type Backend = Settings['backends'][number];

const NEW: Backend = {
  id: '',
  name: '',
  backend_type: 'ollama',
  base_url: 'http://127.0.0.1:11434',
  default_model: null,
  api_key_secret: null,
};

/** Servers by name: what New job offers. */
export function BackendSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { client } = useApi();
  const [editing, setEditing] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = (id: string): void => {
    setRemoving(null);
    access.change({ ...settings, backends: settings.backends.filter((one) => one.id !== id) });
  };
  const keep = async (backend: Backend): Promise<void> => {
    const others = settings.backends.filter((one) => one.id !== backend.id);
    const id = backend.id === '' ? freeId(backend.name, settings.backends) : backend.id;
    const backends =
      backend.id === ''
        ? [...others, { ...backend, id }]
        : settings.backends.map((one) => (one.id === backend.id ? backend : one));
    await access.save({ ...settings, backends });
    setEditing(null);
  };
  return (
    <>
      <p className="dim">
        Servers that run models. Those on the usual ports of this computer are found without an entry here.
      </p>
      {settings.backends.length === 0 && editing === null && (
        <p className="faint">No backend was added yet.</p>
      )}
      {settings.backends.map((backend) =>
        editing === backend.id ? (
          <BackendForm key={backend.id} backend={backend} onKeep={keep} onDismiss={() => setEditing(null)} />
        ) : (
          <div key={backend.id} className={styles.item}>
            <div className={styles.itemHead}>
              <strong>{backend.name}</strong>
              <span className="figure dim">{backend.backend_type}</span>
              <span className={`figure ${styles.url}`} title={backend.base_url}>
                {backend.base_url}
              </span>
              {backend.default_model !== null && <span className="dim">{backend.default_model}</span>}
              <span className={styles.spring} />
              {removing === backend.id ? (
                <>
                  <Button color="red" onClick={() => remove(backend.id)}>
                    Remove {backend.name}
                  </Button>
                  <Button variant="default" onClick={() => setRemoving(null)}>
                    Keep
                  </Button>
                </>
              ) : (
                <>
                  <Button
                    variant="default"
                    onClick={() => setEditing(backend.id)}
                    aria-label={`Edit ${backend.name}`}
                  >
                    Edit
                  </Button>
                  <Button
                    variant="default"
                    onClick={() => setRemoving(backend.id)}
                    aria-label={`Remove ${backend.name}…`}
                  >
                    Remove…
                  </Button>
                </>
              )}
            </div>
            <TestButton
              title={backend.name}
              test={() =>
                client.backends.test({
                  backend_type: backend.backend_type,
                  backend_url: backend.base_url,
                  api_key_secret: backend.api_key_secret,
                })
              }
            />
          </div>
        ),
      )}
      {editing === '' ? (
        <BackendForm backend={NEW} onKeep={keep} onDismiss={() => setEditing(null)} />
      ) : (
        <Button variant="default" onClick={() => setEditing('')}>
          Add backend
        </Button>
      )}
    </>
  );
}

function BackendForm(props: {
  readonly backend: Backend;
  readonly onKeep: (backend: Backend) => Promise<void>;
  readonly onDismiss: () => void;
}): ReactNode {
  const { client } = useApi();
  const [draft, setDraft] = useState(props.backend);
  const [refusal, setRefusal] = useState<unknown>(null);
  const change = (part: Partial<Backend>): void => setDraft((now) => ({ ...now, ...part }));
  return (
    <form
      ref={focusFirst}
      className={styles.item}
      onSubmit={(event) => {
        event.preventDefault();
        props.onKeep(draft).catch(setRefusal);
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label="Name"
          description="What you call it."
          maxLength={64}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Select
          label="backend_type"
          description="Which API it speaks."
          allowDeselect={false}
          data={BACKEND_TYPES.filter((type) => type !== 'demo')}
          value={draft.backend_type}
          onChange={(value) =>
            change({ backend_type: BACKEND_TYPES.find((one) => one === value) ?? 'ollama' })
          }
        />
        <TextInput
          label="Base URL"
          description={
            draft.backend_type === 'bedrock' ? 'An AWS region, such as us-east-1.' : 'Without a key in it.'
          }
          value={draft.base_url}
          onChange={(event) => change({ base_url: event.currentTarget.value })}
        />
        <TextInput
          label="Default model"
          description="Taken up by New job."
          value={draft.default_model ?? ''}
          onChange={(event) => change({ default_model: event.currentTarget.value.trim() || null })}
        />
        <SecretSelect
          label="API key"
          description={
            draft.backend_type === 'bedrock'
              ? 'Secret with “key id:secret key” or a Bedrock API key; none: your AWS profile.'
              : 'Name of the secret that holds it.'
          }
          value={draft.api_key_secret}
          onChange={(api_key_secret) => change({ api_key_secret })}
        />
      </div>
      {refusal !== null && (
        <FailureNotice failure={shownFailure(refusal)} what="The backend was not saved." />
      )}
      <TestButton
        title={draft.name === '' ? 'this backend' : draft.name}
        disabled={draft.base_url.trim() === ''}
        test={() =>
          client.backends.test({
            backend_type: draft.backend_type,
            backend_url: draft.base_url.trim(),
            api_key_secret: draft.api_key_secret,
          })
        }
      />
      <div className={styles.buttons}>
        <Button type="submit" disabled={draft.name.trim() === '' || draft.base_url.trim() === ''}>
          Save
        </Button>
        <Button variant="default" onClick={props.onDismiss}>
          Discard
        </Button>
      </div>
    </form>
  );
}
