import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { remoteSource } from '#shared/model/source.ts';
import archive from './archive.module.css';
import { focusFirst } from './focus-first.ts';
import { freeId } from './free-id.ts';
import { SecretSelect } from './secret-select.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

type Remote = Settings['remotes'][number];

const NEW: Remote = { id: '', name: '', url: 'http://', tenant: 'default', token_secret: null };

/** Other engines, ours or RUNE's own server, whose jobs are watched and run from here. */
export function RemoteSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { remotes } = settings;
  const [editing, setEditing] = useState<string | null>(null);
  const keep = async (remote: Remote): Promise<void> => {
    const id = remote.id === '' ? freeId(remote.name, remotes, 'remote') : remote.id;
    await access.save({
      ...settings,
      remotes:
        remote.id === ''
          ? [...remotes, { ...remote, id }]
          : remotes.map((one) => (one.id === remote.id ? remote : one)),
    });
    setEditing(null);
  };
  return (
    <>
      <p className="dim">
        Servers that speak RUNE's API: another Runescope, or rune-api. Their jobs stand beside yours as a
        source of their own, and jobs can be started there.
      </p>
      {remotes.length === 0 && editing === null && <p className="faint">No remote was added yet.</p>}
      {remotes.map((remote) =>
        editing === remote.id ? (
          <RemoteForm key={remote.id} remote={remote} onKeep={keep} onDismiss={() => setEditing(null)} />
        ) : (
          <RemoteItem
            key={remote.id}
            remote={remote}
            onEdit={() => setEditing(remote.id)}
            onRemove={() =>
              access.change({ ...settings, remotes: remotes.filter((one) => one.id !== remote.id) })
            }
          />
        ),
      )}
      {editing === '' ? (
        <RemoteForm remote={NEW} onKeep={keep} onDismiss={() => setEditing(null)} />
      ) : (
        <Button variant="default" onClick={() => setEditing('')}>
          Add remote
        </Button>
      )}
    </>
  );
}

function RemoteItem(props: {
  readonly remote: Remote;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { remote } = props;
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const test = useMutation({
    mutationFn: () => client.sources.connect({ remote: remote.id }),
    onSettled: () => void cache.invalidateQueries({ queryKey: orpc.sources.key() }),
  });
  const trouble = test.error !== null ? shownFailure(test.error) : (test.data?.trouble ?? null);
  return (
    <div className={styles.item}>
      <div className={styles.itemHead}>
        <strong className={archive.title} title={remote.name}>
          {remote.name}
        </strong>
        <span className={`figure ${styles.url}`} title={remote.url}>
          {remote.url}
        </span>
        <span className={`dim ${archive.title}`} title={remote.tenant}>
          tenant {remote.tenant}
        </span>
        <span className={styles.spring} />
        {removing ? (
          <>
            <Button
              color="red"
              onClick={() => {
                setRemoving(false);
                props.onRemove();
              }}
            >
              Remove {remote.name}
            </Button>
            <Button variant="default" onClick={() => setRemoving(false)}>
              Keep
            </Button>
          </>
        ) : (
          <>
            <Button variant="default" onClick={props.onEdit} aria-label={`Edit ${remote.name}`}>
              Edit
            </Button>
            <Button variant="default" onClick={() => setRemoving(true)} aria-label={`Remove ${remote.name}…`}>
              Remove…
            </Button>
          </>
        )}
      </div>
      {removing && <p className="dim">Its jobs stay where they are; only the way to them goes.</p>}
      <div className={styles.testLine}>
        <Button
          variant="default"
          loading={test.isPending}
          onClick={() => test.mutate()}
          aria-label={`Test ${remote.name}`}
        >
          Test
        </Button>
        {test.isSuccess && trouble === null && (
          <span data-ok="true" className={styles.verdict} role="status">
            ✓ It answers
          </span>
        )}
        <span className="dim">
          {remote.token_secret === null ? 'without a token' : `token from the secret ${remote.token_secret}`}
        </span>
        <span className={styles.spring} />
        <a href={`#${paths.jobs(remoteSource(remote.id))}`}>Its jobs</a>
      </div>
      {trouble !== null && <FailureNotice failure={trouble} what={`${remote.name} cannot be used.`} />}
      {test.isSuccess && test.data.notes.length > 0 && <p className="dim">{test.data.notes.join(' · ')}</p>}
    </div>
  );
}

function RemoteForm(props: {
  readonly remote: Remote;
  readonly onKeep: (remote: Remote) => Promise<void>;
  readonly onDismiss: () => void;
}): ReactNode {
  const [draft, setDraft] = useState(props.remote);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [saving, setSaving] = useState(false);
  const change = (part: Partial<Remote>): void => setDraft((now) => ({ ...now, ...part }));
  const ready = draft.name.trim() !== '' && /^https?:\/\/./.test(draft.url.trim());
  return (
    <form
      ref={focusFirst}
      className={styles.item}
      aria-label={props.remote.id === '' ? 'New remote' : `Edit ${props.remote.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        setSaving(true);
        const tenant = draft.tenant.trim() === '' ? 'default' : draft.tenant.trim();
        props
          .onKeep({ ...draft, name: draft.name.trim(), url: draft.url.trim(), tenant })
          .catch((thrown: unknown) => {
            setRefusal(thrown);
            setSaving(false);
          });
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
        <TextInput
          label="URL"
          description="Without /v1 and without a token."
          spellCheck={false}
          value={draft.url}
          onChange={(event) => change({ url: event.currentTarget.value })}
        />
        <TextInput
          label="Tenant"
          description="Whose jobs you see there."
          maxLength={64}
          value={draft.tenant}
          onChange={(event) => change({ tenant: event.currentTarget.value })}
        />
        <SecretSelect
          label="Token"
          description="Name of the secret that holds it."
          value={draft.token_secret}
          onChange={(token_secret) => change({ token_secret })}
        />
      </div>
      {refusal !== null && <FailureNotice failure={shownFailure(refusal)} what="The remote was not saved." />}
      <div className={styles.buttons}>
        <Button type="submit" disabled={!ready} loading={saving}>
          Save
        </Button>
        <Button variant="default" onClick={props.onDismiss}>
          Discard
        </Button>
      </div>
    </form>
  );
}
