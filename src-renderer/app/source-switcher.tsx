import { Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote, KIND_WORDS } from '#renderer/client/sources.ts';
import { archivedParts, EXTERNAL, IMPORTED, OWN, remoteSource } from '#shared/model/source.ts';
import styles from './frame.module.css';

/** What is called so before it is in the list. */
const UNLISTED = new Map([
  [OWN, 'This computer'],
  [EXTERNAL, 'External traces'],
]);

/** Which source the view reads, and how to open another. One archived result is no source to switch to. */
export function SourceSwitcher(props: {
  readonly source: string;
  readonly onOpenStore: () => void;
}): ReactNode {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const sources = useQuery(orpc.sources.list.queryOptions());
  const settings = useQuery(orpc.settings.get.queryOptions());
  const close = useMutation({
    mutationFn: (source: string) => client.sources.close({ source }),
    onSettled: () => cache.invalidateQueries({ queryKey: orpc.sources.key() }),
  });
  const current = sources.data?.find((one) => one.source === props.source);
  const open = (sources.data ?? []).filter((one) => archivedParts(one.source) === null);
  const remotes = (settings.data?.remotes ?? []).filter(
    ({ id }) => !open.some(({ source }) => source === remoteSource(id)),
  );
  const archived = archivedParts(props.source);
  const foreign = props.source !== OWN;
  const unopened = remotes.find(({ id }) => remoteSource(id) === props.source);
  const title =
    archived !== null
      ? 'Archived result'
      : (current?.title ?? unopened?.name ?? UNLISTED.get(props.source) ?? 'Closed store');
  const canClose =
    current !== undefined && foreign && ![IMPORTED, EXTERNAL].includes(props.source) && archived === null;
  return (
    <Menu position="bottom-start" onOpen={() => void sources.refetch()}>
      <Menu.Target>
        <button
          type="button"
          className={styles.source}
          data-foreign={foreign}
          title={archived?.key ?? current?.trouble?.message ?? current?.path ?? 'Whose jobs are shown'}
          aria-label={`Source: ${title}${current?.trouble === undefined ? '' : ', in trouble'}`}
        >
          {current?.trouble !== undefined && (
            <span className={styles.sourceTrouble} aria-hidden="true">
              !
            </span>
          )}
          <span>{title}</span>
          <span aria-hidden="true">▾</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {open.map((one) => (
          <Menu.Item
            key={one.source}
            onClick={() => navigate(paths.jobs(one.source))}
            aria-current={one.source === props.source}
            rightSection={one.source === props.source ? '✓' : null}
          >
            <SourceItem
              title={one.title}
              kind={KIND_WORDS[one.kind]}
              path={one.path}
              trouble={one.trouble?.message}
            />
          </Menu.Item>
        ))}
        {remotes.map(({ id, name, url }) => (
          <Menu.Item key={id} onClick={() => navigate(paths.jobs(remoteSource(id)))}>
            <SourceItem title={name} kind="remote, not connected yet" path={url} />
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={props.onOpenStore}>Open store or trace…</Menu.Item>
        <Menu.Item onClick={() => navigate(paths.settings('remotes'))}>
          {settings.data?.remotes.length === 0 ? 'Add a remote…' : 'Remotes…'}
        </Menu.Item>
        {canClose && (
          <Menu.Item
            onClick={() => {
              navigate(paths.jobs());
              close.mutate(props.source);
            }}
          >
            {isRemote(props.source) ? 'Disconnect' : 'Close'} {current?.title}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function SourceItem(props: {
  readonly title: string;
  readonly kind: string;
  readonly path: string;
  readonly trouble?: string | undefined;
}): ReactNode {
  return (
    <span className={styles.sourceItem} title={props.trouble ?? props.path}>
      <span>
        {props.title} <span className="dim">{props.kind}</span>
      </span>
      {props.trouble === undefined ? (
        <span className="faint">{props.path}</span>
      ) : (
        <span className={styles.sourceTrouble}>! {props.trouble}</span>
      )}
    </span>
  );
}
