import { Button, Checkbox } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Confirm } from '#renderer/widgets/confirm.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import { OWN } from '#shared/model/source.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './archive.module.css';
import { ArchiveOutboxRow } from './archive-outbox-row.tsx';
import { pageWords, resultsWords } from './archive-words.ts';

const PAGE = 50;
const REFRESH_MS = 3_000;
/** The contract drops so many in one call. */
const MOST_DROPPED = 10_000;
const MOST_LISTED = 1_000;

/** Results on their way: what keeps each, and how to hurry it or give it up. */
export function ArchiveOutbox(props: { readonly targets: readonly ArchiveTargetInfo[] }): ReactNode {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [offset, setOffset] = useState(0);
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const [asking, setAsking] = useState(false);
  const list = useQuery(
    orpc.archive.outbox.list.queryOptions({
      input: { limit: PAGE, offset },
      placeholderData: keepPreviousData,
      refetchInterval: REFRESH_MS,
    }),
  );
  const after = (): void => void cache.invalidateQueries({ queryKey: orpc.archive.key() });
  const retry = useMutation({
    mutationFn: (id: number | null) => client.archive.outbox.retry(id === null ? {} : { id }),
    onSettled: after,
  });
  const drop = useMutation({
    mutationFn: (ids: readonly number[]) => client.archive.outbox.drop({ ids: [...ids] }),
    onSuccess: () => setMarked(new Set()),
    onSettled: () => {
      setAsking(false);
      after();
    },
  });
  const markAll = useMutation({
    mutationFn: async (total: number) => {
      const ids: number[] = [];
      while (ids.length < Math.min(total, MOST_DROPPED)) {
        const { entries } = await client.archive.outbox.list({ limit: MOST_LISTED, offset: ids.length });
        if (entries.length === 0) break;
        ids.push(...entries.map((one) => one.id));
      }
      return ids.slice(0, MOST_DROPPED);
    },
    onSuccess: (ids) => setMarked(new Set(ids)),
  });
  const titleOf = (target: string): string => {
    const known = props.targets.find((one) => one.target === target);
    return known === undefined || known.kind === 'missing' ? `${target} (removed)` : known.title;
  };
  const notBefore = (target: string): EpochSeconds | null => {
    const known = props.targets.find((one) => one.target === target);
    return known === undefined || known.kind === 'missing' ? null : (known.down?.next_attempt_at ?? 0);
  };
  if (list.error !== null && list.data === undefined) {
    return (
      <FailureNotice
        failure={shownFailure(list.error)}
        what="What waits could not be listed."
        onRetry={() => void list.refetch()}
      />
    );
  }
  if (list.data === undefined) return null;
  const { entries, total } = list.data;
  if (total === 0) return <p className="faint">Nothing waits for delivery.</p>;
  const onPage = entries.map((one) => one.id);
  const allMarked = onPage.length > 0 && onPage.every((id) => marked.has(id));
  const mark = (ids: readonly number[], on: boolean): void => {
    const next = new Set(marked);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    setMarked(next);
  };
  const failure = drop.error ?? retry.error ?? markAll.error;
  return (
    <div className={styles.outbox}>
      {asking && (
        <Confirm
          question="The local records stay, and can be archived again."
          confirm={`Give up ${resultsWords(marked.size)}`}
          busy={drop.isPending}
          onConfirm={() => drop.mutate([...marked])}
          onDismiss={() => setAsking(false)}
        />
      )}
      {failure !== null && (
        <FailureNotice failure={shownFailure(failure)} what="The waiting results were not changed." />
      )}
      <div className={styles.bar}>
        <span className="dim">{pageWords(offset, entries.length, total)} waiting</span>
        {(offset > 0 || offset + entries.length < total) && (
          <>
            <Button
              variant="default"
              disabled={offset === 0}
              onClick={() => setOffset(Math.max(0, offset - PAGE))}
              aria-label="Previous page"
            >
              ‹
            </Button>
            <Button
              variant="default"
              disabled={offset + entries.length >= total}
              onClick={() => setOffset(offset + PAGE)}
              aria-label="Next page"
            >
              ›
            </Button>
          </>
        )}
        <span className={styles.spring} />
        {allMarked && marked.size < Math.min(total, MOST_DROPPED) && (
          <Button variant="subtle" loading={markAll.isPending} onClick={() => markAll.mutate(total)}>
            {total > MOST_DROPPED
              ? `Mark the first ${formatCount(MOST_DROPPED)}`
              : `Mark all ${formatCount(total)}`}
          </Button>
        )}
        <Button
          variant="default"
          loading={retry.isPending && retry.variables === null}
          onClick={() => retry.mutate(null)}
        >
          Retry all now
        </Button>
        <Button variant="default" disabled={marked.size === 0 || asking} onClick={() => setAsking(true)}>
          {marked.size === 0 ? 'Give up…' : `Give up ${resultsWords(marked.size)}…`}
        </Button>
      </div>
      <table className={styles.table} aria-label="Results waiting for delivery">
        <thead>
          <tr>
            <th scope="col" className={styles.tick}>
              <Checkbox
                aria-label="Mark all on this page"
                checked={allMarked}
                indeterminate={!allMarked && onPage.some((id) => marked.has(id))}
                onChange={(event) => mark(onPage, event.currentTarget.checked)}
              />
            </th>
            <th scope="col">job</th>
            <th scope="col">target</th>
            <th scope="col" className={styles.right}>
              size
            </th>
            <th scope="col" className={styles.right}>
              tries
            </th>
            <th scope="col">state</th>
            <th scope="col" aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <ArchiveOutboxRow
              key={entry.id}
              entry={entry}
              title={titleOf(entry.target)}
              notBefore={notBefore(entry.target)}
              href={`#${paths.job(OWN, entry.job_id)}`}
              marked={marked.has(entry.id)}
              busy={retry.isPending && retry.variables === entry.id}
              onMark={(on) => mark([entry.id], on)}
              onRetry={() => retry.mutate(entry.id)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}
