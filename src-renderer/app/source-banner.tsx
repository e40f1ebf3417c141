import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { Banner } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import { archivedParts, OWN, type SourceInfo } from '#shared/model/source.ts';

/** What a reader must know about a store that is not this engine's own. An archived result has a banner of its own. */
export function SourceBanner(props: { readonly source: string }): ReactNode {
  const { orpc } = useApi();
  const foreign = props.source !== OWN && archivedParts(props.source) === null;
  const sources = useQuery(
    orpc.sources.list.queryOptions({
      enabled: foreign,
      // While it is being indexed, its counts grow.
      refetchInterval: (query) => (isIndexing(query.state.data, props.source) ? 1_000 : false),
    }),
  );
  const info = sources.data?.find((one) => one.source === props.source);
  if (!foreign || info === undefined) return null;
  const facts = [
    info.writable ? null : 'Read only',
    info.indexed_events < info.total_events
      ? `indexing ${formatCount(info.indexed_events)} of ${formatCount(info.total_events)} events`
      : null,
    ...info.notes,
  ].filter((fact) => fact !== null);
  return (
    <Banner tone={info.snapshot ? 'warning' : 'plain'}>
      <span title={`${info.path}\n${facts.join('\n')}`}>
        {info.title} · {facts.join(' · ')}
      </span>
    </Banner>
  );
}

function isIndexing(sources: readonly SourceInfo[] | undefined, source: string): boolean {
  const info = sources?.find((one) => one.source === source);
  return info !== undefined && info.indexed_events < info.total_events;
}
