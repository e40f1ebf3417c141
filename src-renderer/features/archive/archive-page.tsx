import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { shownFailure } from '#renderer/client/failure.ts';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import styles from './archive.module.css';
import { TargetView } from './target-view.tsx';
import { useArchiveView } from './use-archive-view.ts';
import { useEarlyRows } from './use-objects.ts';

/** `#/archive/<target>`; without a target, the first bucket, else the folder. */
export function ArchivePage(props: { readonly target: string | undefined }): ReactNode {
  const { orpc } = useApi();
  const [query] = useHashQuery();
  const [view] = useArchiveView();
  useEarlyRows(props.target, view);
  const targets = useQuery(orpc.archive.targets.queryOptions({ refetchInterval: 10_000 }));
  const known = targets.data ?? [];
  const current = known.find((one) => one.target === props.target);
  const first = known.find((one) => one.kind === 's3') ?? known.find((one) => one.kind === 'folder');
  if (current !== undefined && current.kind !== 'missing') {
    return <TargetView key={current.target} target={current} targets={known} />;
  }
  if (props.target === undefined && first !== undefined) {
    return <Redirect to={`${paths.archive(first.target)}?${query.toString()}`} replace />;
  }
  return (
    <View title={<h1>Archive</h1>}>
      {targets.error !== null && targets.data === undefined ? (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(targets.error)}
            what="The archives could not be read."
            onRetry={() => void targets.refetch()}
          />
        </div>
      ) : targets.data === undefined ? (
        <Delayed>
          <p className={`dim ${styles.notice}`}>Looking at the archives…</p>
        </Delayed>
      ) : (
        <EmptyState
          title={
            current === undefined ? 'There is no such archive' : `${current.title} is no longer configured`
          }
          action={
            <Button
              component="a"
              href={`#${first === undefined ? paths.settings('archive') : paths.archive(first.target)}`}
            >
              {first === undefined ? 'Settings of the archive' : `Go to ${first.title}`}
            </Button>
          }
        >
          {current === undefined
            ? 'The link may name an archive of another computer. Add it in Settings, Archive.'
            : `${current.pending} results still wait for it. Add it again or drop them in Settings, Archive.`}
        </EmptyState>
      )}
    </View>
  );
}
