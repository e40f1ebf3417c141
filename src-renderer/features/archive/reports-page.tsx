import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatBytes, formatDuration } from '#shared/lib/format.ts';
import archive from './archive.module.css';
import styles from './report.module.css';
import { exactCount } from './truth-line.ts';

/** Earlier verifications, newest first. */
export function ReportsPage(): ReactNode {
  const { orpc } = useApi();
  const reports = useQuery(orpc.archive.verify.reports.queryOptions());
  return (
    <View
      title={
        <h1>
          <a href={`#${paths.archive()}`}>Archive</a> / Reports
        </h1>
      }
    >
      {reports.error !== null ? (
        <div className={archive.notice}>
          <FailureNotice
            failure={shownFailure(reports.error)}
            what="The reports could not be listed."
            onRetry={() => void reports.refetch()}
          />
        </div>
      ) : reports.data === undefined ? (
        <Delayed>
          <p className={`dim ${archive.notice}`}>Reading the reports…</p>
        </Delayed>
      ) : reports.data.length === 0 ? (
        <EmptyState title="No report yet" action={<a href={`#${paths.archive()}`}>Go to the archive</a>}>
          Verify a selection (V) or everything below a prefix (Shift V) in the archive; what was found stands
          here, to be read, printed and kept.
        </EmptyState>
      ) : (
        <div className={styles.page}>
          <div className={`${styles.paper} ${styles.wide}`}>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Archive</th>
                  <th scope="col">Scope</th>
                  <th scope="col" className={styles.number}>
                    Unchanged
                  </th>
                  <th scope="col" className={styles.number}>
                    No hash
                  </th>
                  <th scope="col" className={styles.number}>
                    Read
                  </th>
                  <th scope="col" className={styles.number}>
                    Took
                  </th>
                  <th scope="col">Complete</th>
                </tr>
              </thead>
              <tbody>
                {reports.data.map((one) => (
                  <tr key={one.report_id}>
                    <td>
                      <a href={`#${paths.archiveReport(one.report_id)}`}>
                        <Ago at={one.started_at} />
                      </a>
                    </td>
                    <td>{one.place}</td>
                    <td>{one.scope}</td>
                    <td className={styles.number}>{exactCount(one.verified)}</td>
                    <td className={styles.number}>{exactCount(one.unsealed)}</td>
                    <td className={styles.number}>{formatBytes(one.bytes)}</td>
                    <td className={styles.number}>
                      {formatDuration((one.finished_at - one.started_at) * 1000)}
                    </td>
                    <td>{one.complete ? 'yes' : <span className={styles.bad}>no</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </View>
  );
}
