import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { At, Figure } from '#renderer/widgets/figure.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatBytes } from '#shared/lib/format.ts';
import type { JournalEntry } from '#shared/model/archive.ts';
import archive from './archive.module.css';
import styles from './report.module.css';
import { counted } from './truth-line.ts';

const PAGE = 200;
const DID: { readonly [A in JournalEntry['action']]: string } = {
  open: 'opened',
  download: 'downloaded',
  verify: 'verified',
  export: 'exported',
  import: 'imported',
  presign: 'linked',
};

/** What was opened when, and with which hash. Nothing removes a line of it. */
export function JournalPage(): ReactNode {
  const { orpc } = useApi();
  const pages = useInfiniteQuery(
    orpc.archive.journal.infiniteOptions({
      input: (offset: number) => ({ limit: PAGE, offset }),
      initialPageParam: 0,
      getNextPageParam: (last, all) => {
        const read = all.reduce((sum, page) => sum + page.entries.length, 0);
        return read < last.total ? read : undefined;
      },
    }),
  );
  const entries = pages.data?.pages.flatMap((page) => page.entries) ?? [];
  const total = pages.data?.pages.at(-1)?.total ?? 0;
  return (
    <View
      title={
        <h1>
          <a href={`#${paths.archive()}`}>Archive</a> / Journal
        </h1>
      }
    >
      {pages.error !== null && pages.data === undefined ? (
        <div className={archive.notice}>
          <FailureNotice
            failure={shownFailure(pages.error)}
            what="The journal could not be read."
            onRetry={() => void pages.refetch()}
          />
        </div>
      ) : pages.data === undefined ? (
        <Delayed>
          <p className={`dim ${archive.notice}`}>Reading the journal…</p>
        </Delayed>
      ) : entries.length === 0 ? (
        <EmptyState
          title="Nothing was opened yet"
          action={<a href={`#${paths.archive()}`}>Go to the archive</a>}
        >
          Every result that is opened, downloaded, verified, exported or imported is noted here with the hash
          of the bytes that were read.
        </EmptyState>
      ) : (
        <div className={styles.page}>
          <div className={`${styles.paper} ${styles.wide}`}>
            <p className="dim">{counted(total, 'entry', 'entries')}, newest first.</p>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">What</th>
                  <th scope="col">Key</th>
                  <th scope="col">Archive</th>
                  <th scope="col" className={styles.number}>
                    Size
                  </th>
                  <th scope="col">SHA-256 of the bytes</th>
                  <th scope="col">Verdict</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((one) => (
                  <Line key={one.id} entry={one} />
                ))}
              </tbody>
            </table>
            {pages.hasNextPage && (
              <Button
                className={styles.more ?? ''}
                variant="default"
                loading={pages.isFetchingNextPage}
                onClick={() => void pages.fetchNextPage()}
              >
                Show more
              </Button>
            )}
          </div>
        </div>
      )}
    </View>
  );
}

function Line(props: { readonly entry: JournalEntry }): ReactNode {
  const { entry } = props;
  return (
    <tr>
      <td className={styles.still}>
        <At at={entry.at} />
      </td>
      <td className={styles.still}>{DID[entry.action]}</td>
      <td className={styles.key}>{entry.key}</td>
      <td>{entry.place}</td>
      <td className={styles.number}>
        <Figure text={formatBytes(entry.size_bytes)} unknown="Nothing was read" />
      </td>
      <td className={styles.still}>
        {entry.bytes_sha256 === null ? (
          <Figure text="–" unknown="Nothing was read" />
        ) : (
          <CopyButton text={entry.bytes_sha256} label={`Copy ${entry.bytes_sha256}`}>
            <span className="figure">{entry.bytes_sha256.slice(0, 16)}…</span>
          </CopyButton>
        )}
      </td>
      <td
        className={entry.verdict === 'failed' ? styles.bad : entry.verdict === 'unchanged' ? styles.ok : ''}
      >
        {entry.verdict ?? <Figure text="–" unknown="It was not verified" />}
      </td>
    </tr>
  );
}
