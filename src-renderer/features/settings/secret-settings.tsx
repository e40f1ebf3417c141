import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import styles from './settings.module.css';

const KEPT_IN = {
  environment: 'the environment',
  keychain: 'the system keychain',
  file: 'a file in plain text',
} as const;

/** Names of secrets. A value goes in once and never comes back. */
export function SecretSettings(): ReactNode {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const secrets = useQuery(orpc.secrets.list.queryOptions());
  const info = useQuery(orpc.app.info.queryOptions({ staleTime: Infinity }));
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [agreed, setAgreed] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const keychain = info.data?.keychain;
  const plainText = keychain?.available === false;
  const after = (): void => {
    setRemoving(null);
    void cache.invalidateQueries({ queryKey: orpc.secrets.key() });
    // Which market there is depends on its key.
    void cache.invalidateQueries({ queryKey: orpc.offers.key() });
  };
  const set = useMutation({
    mutationFn: () => client.secrets.set({ name: name.trim(), value, allow_plain_text: plainText && agreed }),
    onSuccess: () => {
      setName('');
      setValue('');
      after();
    },
  });
  const remove = useMutation({
    mutationFn: (gone: string) => client.secrets.remove({ name: gone }),
    onSuccess: after,
  });
  const failure = set.error ?? remove.error ?? secrets.error;
  return (
    <>
      <p className="dim">
        Keys and tokens by name. Jobs, backends and drivers refer to the name; the value never comes back to
        this page.
      </p>
      {secrets.data?.length === 0 && <p className="faint">No secret is known here.</p>}
      {(secrets.data ?? []).map((secret) => (
        <div key={secret.name} className={styles.item}>
          <div className={styles.itemHead}>
            <span className="figure">{secret.name}</span>
            <span className="dim">in {KEPT_IN[secret.kept_in]}</span>
            <span className={styles.spring} />
            {secret.kept_in === 'environment' ? (
              <span className="faint">set outside Runescope</span>
            ) : removing === secret.name ? (
              <>
                <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(secret.name)}>
                  Remove {secret.name}
                </Button>
                <Button variant="default" onClick={() => setRemoving(null)}>
                  Keep
                </Button>
              </>
            ) : (
              <Button
                variant="default"
                onClick={() => setRemoving(secret.name)}
                aria-label={`Remove ${secret.name}…`}
              >
                Remove…
              </Button>
            )}
          </div>
        </div>
      ))}
      <form
        className={styles.item}
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        <div className={styles.fields}>
          <TextInput
            label="Name"
            description="Letters, digits, _ . and -."
            value={name}
            maxLength={64}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label="Value"
            description="Stored once, never shown again."
            value={value}
            maxLength={8192}
            autoComplete="new-password"
            onChange={(event) => setValue(event.currentTarget.value)}
          />
        </div>
        {plainText && (
          <div className={styles.consent}>
            <p>
              {keychain.reason ?? 'There is no system keychain here.'} The value would be written as plain
              text to <span className="figure">{info.data?.data_dir}/secrets.json</span>, readable by your
              user account and by every program that runs as you. An environment variable of the same name is
              safer.
            </p>
            <Checkbox
              label="Write it in plain text"
              checked={agreed}
              onChange={(event) => setAgreed(event.currentTarget.checked)}
            />
          </div>
        )}
        {failure !== null && (
          <FailureNotice failure={shownFailure(failure)} what="The secrets could not be read or changed." />
        )}
        <div className={styles.buttons}>
          <Button
            type="submit"
            loading={set.isPending}
            disabled={name.trim() === '' || value === '' || (plainText && !agreed)}
          >
            Keep secret
          </Button>
        </div>
      </form>
    </>
  );
}
