import { Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { archivedParts, IMPORTED, OWN } from '#shared/model/source.ts';
import styles from './frame.module.css';

/** Which store the view reads, and how to open another. One archived result is no store to switch to. */
export function SourceSwitcher(props: {
  readonly source: string;
  readonly onOpenStore: () => void;
}): ReactNode {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const sources = useQuery(orpc.sources.list.queryOptions());
  const close = useMutation({
    mutationFn: (source: string) => client.sources.close({ source }),
    onSettled: () => cache.invalidateQueries({ queryKey: orpc.sources.key() }),
  });
  const current = sources.data?.find((one) => one.source === props.source);
  const stores = (sources.data ?? []).filter((one) => archivedParts(one.source) === null);
  const archived = archivedParts(props.source);
  const foreign = props.source !== OWN;
  const title =
    archived !== null ? 'Archived result' : (current?.title ?? (foreign ? 'Closed store' : 'This computer'));
  return (
    <Menu position="bottom-start" onOpen={() => void sources.refetch()}>
      <Menu.Target>
        <button
          type="button"
          className={styles.source}
          data-foreign={foreign}
          title={archived?.key ?? current?.path ?? 'Which store is shown'}
          aria-label={`Store: ${title}`}
        >
          <span>{title}</span>
          <span aria-hidden="true">▾</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {stores.map((one) => (
          <Menu.Item
            key={one.source}
            onClick={() => navigate(paths.jobs(one.source))}
            aria-current={one.source === props.source}
            rightSection={one.source === props.source ? '✓' : null}
          >
            <span className={styles.sourceItem}>
              <span>{one.title}</span>
              <span className="faint">{one.path}</span>
            </span>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={props.onOpenStore}>Open store…</Menu.Item>
        {foreign && props.source !== IMPORTED && archived === null && (
          <Menu.Item
            onClick={() => {
              navigate(paths.jobs());
              close.mutate(props.source);
            }}
          >
            Close {current?.title ?? 'this store'}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
