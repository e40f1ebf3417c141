import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { lacks, remoteIdOf } from '#renderer/client/sources.ts';
import { Banner } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import { archivedParts, EXTERNAL, OWN, type SourceInfo } from '#shared/model/source.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import styles from './frame.module.css';

/** While a store is indexed its counts grow; what opens by itself is not in the list at first, and a remote comes and goes. */
const SOON: Milliseconds = 1_000;
const REMOTE: Milliseconds = 5_000;

/** What a reader must know about a source that is not this engine's own. An archived result has a banner of its own. */
export function SourceBanner(props: { readonly source: string }): ReactNode {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const foreign = props.source !== OWN && archivedParts(props.source) === null;
  const remote = remoteIdOf(props.source);
  const opens = remote !== null || props.source === EXTERNAL;
  const sources = useQuery(
    orpc.sources.list.queryOptions({
      enabled: foreign,
      refetchInterval: ({ state }) =>
        isIndexing(state.data, props.source) || (opens && !isOpen(state.data, props.source))
          ? SOON
          : remote === null
            ? false
            : REMOTE,
    }),
  );
  const again = useMutation({
    mutationFn: (id: string) => client.sources.connect({ remote: id }),
    onSettled: () => cache.invalidateQueries(),
  });
  const info = sources.data?.find((one) => one.source === props.source);
  if (!foreign || info === undefined) return null;
  const { trouble } = info;
  // What a remote lacks stands in its notes, and so does why nothing new comes.
  const facts = [
    ...(trouble === undefined ? [] : [trouble.message]),
    ...(info.writable ? [] : ['Read only']),
    ...(info.indexed_events < info.total_events
      ? [`indexing ${formatCount(info.indexed_events)} of ${formatCount(info.total_events)} events`]
      : []),
    ...(info.kind === 'remote' ? [] : lacks(info)),
    ...info.notes.filter((note) => trouble === undefined || !note.includes(trouble.message)),
  ];
  return (
    <Banner tone={info.snapshot || trouble !== undefined ? 'warning' : 'plain'}>
      <span className={styles.sourceFacts}>
        <span title={`${info.path}\n${facts.join('\n')}`}>
          {info.title} · {facts.join(' · ')}
        </span>
        {remote !== null && trouble !== undefined && (
          <>
            <Button
              variant="default"
              size="compact-xs"
              loading={again.isPending}
              title={`code: ${trouble.code}`}
              onClick={() => again.mutate(remote)}
            >
              Try again
            </Button>
            <a href={`#${paths.settings('remotes')}`}>Settings</a>
          </>
        )}
      </span>
    </Banner>
  );
}

const isOpen = (sources: readonly SourceInfo[] | undefined, source: string): boolean =>
  sources?.some((one) => one.source === source) === true;

function isIndexing(sources: readonly SourceInfo[] | undefined, source: string): boolean {
  const info = sources?.find((one) => one.source === source);
  return info !== undefined && info.indexed_events < info.total_events;
}
