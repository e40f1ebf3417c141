import { Button, Menu, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Ago } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import styles from './compare.module.css';

/** Comparisons under a name: open one, keep this one, remove one. */
export function SavedMenu(props: {
  readonly query: string;
  /** What a name could be. */
  readonly suggestion: string;
  readonly saving: boolean;
  readonly onSaving: (saving: boolean) => void;
}): ReactNode {
  const { query, saving, onSaving } = props;
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const saved = useQuery(orpc.compare.saved.list.queryOptions());
  const refresh = (): Promise<void> => cache.invalidateQueries({ queryKey: orpc.compare.saved.key() });
  const remove = useMutation({
    mutationFn: (id: string) => client.compare.saved.remove({ id }),
    onSettled: refresh,
  });
  const list = saved.data ?? [];
  const current = list.find((one) => one.query === query);
  return (
    <>
      <Menu position="bottom-end" width={320}>
        <Menu.Target>
          <Button
            variant={current === undefined ? 'default' : 'light'}
            className={styles.picker}
            title={current === undefined ? 'Comparisons under a name' : `Saved as ${current.name}`}
          >
            {current?.name ?? 'Saved'} ▾
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onSaving(true)}>Save this comparison…</Menu.Item>
          <Menu.Divider />
          {saved.error !== null && <Menu.Label>{shownFailure(saved.error).message}</Menu.Label>}
          {list.length === 0 && saved.error === null && (
            <Menu.Label>Comparisons that you save are listed here.</Menu.Label>
          )}
          {list.map((one) => (
            <div key={one.id} className={styles.savedRow}>
              <Menu.Item
                aria-current={one.query === query}
                onClick={() => navigate(paths.compare({ query: one.query }))}
              >
                <span className={styles.savedName} title={one.name}>
                  {one.name}
                </span>
                <span className={`faint ${styles.small}`}>
                  <Ago at={one.saved_at} />
                </span>
              </Menu.Item>
              <button
                type="button"
                className={styles.more}
                aria-label={`Remove the saved comparison ${one.name}`}
                title="Remove; its jobs stay"
                onClick={() => remove.mutate(one.id)}
              >
                ✕
              </button>
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      {saving && (
        <SaveDialog
          query={query}
          suggestion={current?.name ?? props.suggestion}
          names={list.map(({ name }) => name)}
          onClose={() => onSaving(false)}
          onSaved={refresh}
        />
      )}
    </>
  );
}

function SaveDialog(props: {
  readonly query: string;
  readonly suggestion: string;
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}): ReactNode {
  const { client } = useApi();
  const [name, setName] = useState(props.suggestion.slice(0, 128));
  const save = useMutation({
    mutationFn: () => client.compare.saved.save({ name: name.trim(), query: props.query }),
    onSuccess: async () => {
      await props.onSaved();
      props.onClose();
    },
  });
  const replaces = props.names.includes(name.trim());
  return (
    <Modal opened onClose={props.onClose} title="Save this comparison" size={460}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') save.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          description="What is compared, the filters and the chart are kept, not the figures: they are worked out anew."
          value={name}
          maxLength={128}
          onChange={(event) => setName(event.currentTarget.value)}
          mb={12}
        />
        {save.error !== null && (
          <FailureNotice failure={shownFailure(save.error)} what="It could not be saved." />
        )}
        <Button type="submit" mt={4} loading={save.isPending} disabled={name.trim() === ''}>
          {replaces ? `Replace ${name.trim()}` : 'Save'}
        </Button>
      </form>
    </Modal>
  );
}
