import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatBytes, formatDateTime, formatDuration, formatIso } from '#shared/lib/format.ts';
import type { VerifyReport } from '#shared/model/archive.ts';
import archive from './archive.module.css';
import styles from './report.module.css';
import { saveBlob } from './save.ts';
import { counted, exactCount } from './truth-line.ts';

/** Keys drawn at first; a report may hold 100,000. All are printed once they are shown. */
const FIRST_KEYS = 500;

/** What a verification found, to read, print and keep. */
export function ReportPage(props: { readonly reportId: string }): ReactNode {
  const { orpc } = useApi();
  const found = useQuery(
    orpc.archive.verify.report.queryOptions({ input: { report_id: props.reportId }, staleTime: Infinity }),
  );
  const report = found.data;
  const save = (): void => {
    if (report === undefined) return;
    const json = new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' });
    saveBlob(`verification-${report.report_id}.json`, json);
  };
  useActions([
    {
      id: 'report.save',
      title: 'Save the report as JSON',
      group: 'Report',
      keys: ['d'],
      disabled: report === undefined,
      run: save,
    },
    {
      id: 'report.print',
      title: 'Print the report',
      group: 'Report',
      keys: ['p'],
      run: () => window.print(),
    },
  ]);
  return (
    <View
      title={
        <h1>
          <a href={`#${paths.archiveReports()}`}>Reports</a> / Verification
        </h1>
      }
      actions={
        report !== undefined && (
          <>
            <Button variant="default" title="Save as JSON  D" onClick={save}>
              Save JSON
            </Button>
            <Button variant="default" title="Print  P" onClick={() => window.print()}>
              Print
            </Button>
          </>
        )
      }
    >
      {found.error !== null ? (
        <div className={archive.notice}>
          <FailureNotice
            failure={shownFailure(found.error)}
            what="The report could not be read."
            onRetry={() => void found.refetch()}
          />
        </div>
      ) : report === undefined ? (
        <Delayed>
          <p className={`dim ${archive.notice}`}>Reading the report…</p>
        </Delayed>
      ) : (
        <Paper report={report} />
      )}
    </View>
  );
}

/** The report itself. */
export function Paper(props: { readonly report: VerifyReport }): ReactNode {
  const { report } = props;
  const failed = report.failed.length;
  const checked = report.verified + report.unsealed + failed;
  const [shown, setShown] = useState(FIRST_KEYS);
  return (
    <div className={styles.page}>
      <article className={styles.paper} aria-label="Verification report">
        <h1>Verification of archived results</h1>
        <p className={styles.verdict}>
          {failed === 0 ? (
            <span className={styles.ok}>✓ None of {counted(checked, 'result')} failed.</span>
          ) : (
            <span className={styles.bad}>
              ✗ {exactCount(failed)} of {counted(checked, 'result')} failed.
            </span>
          )}{' '}
          {!report.complete &&
            'This report is not complete: it was stopped, or the listing did not reach its end.'}
        </p>
        <dl className={styles.facts}>
          <dt>Archive</dt>
          <dd>{report.place}</dd>
          <dt>Scope</dt>
          <dd>{report.scope}</dd>
          <dt>Unchanged since written</dt>
          <dd>{exactCount(report.verified)}</dd>
          <dt>Without a hash</dt>
          <dd>{exactCount(report.unsealed)} (well-formed, but nothing in them can speak for them)</dd>
          <dt>Failed</dt>
          <dd>{exactCount(failed)}</dd>
          <dt>Complete</dt>
          <dd>{report.complete ? 'yes' : 'no'}</dd>
          <dt>Started</dt>
          <dd title={formatIso(report.started_at)}>{formatDateTime(report.started_at)}</dd>
          <dt>Finished</dt>
          <dd title={formatIso(report.finished_at)}>
            {formatDateTime(report.finished_at)}, after{' '}
            {formatDuration((report.finished_at - report.started_at) * 1000)}
          </dd>
          <dt>Read</dt>
          <dd>
            {formatBytes(report.bytes)} in {counted(report.requests, 'request')}
          </dd>
          <dt>By</dt>
          <dd>Runescope {report.app_version}</dd>
          <dt>Report</dt>
          <dd className={styles.key}>{report.report_id}</dd>
        </dl>
        {failed > 0 && (
          <>
            <h2>Failed</h2>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Code</th>
                  <th scope="col">What was found</th>
                </tr>
              </thead>
              <tbody>
                {report.failed.slice(0, shown).map((one) => (
                  <tr key={`${one.key} ${one.code}`}>
                    <td className={styles.key}>
                      <a href={`#${paths.archive(report.target, one.key)}`}>{one.key}</a>
                    </td>
                    <td>
                      <code className={styles.bad}>{one.code}</code>
                    </td>
                    <td>{one.message}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {shown < failed && (
              <Button className={styles.more ?? ''} variant="default" onClick={() => setShown(failed)}>
                Show all {exactCount(failed)} (the JSON holds them too)
              </Button>
            )}
          </>
        )}
        {report.remarks.length > 0 && (
          <>
            <h2>Worth knowing</h2>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Remark</th>
                </tr>
              </thead>
              <tbody>
                {report.remarks.map((one) => (
                  <tr key={`${one.key} ${one.message}`}>
                    <td className={styles.key}>{one.key}</td>
                    <td>{one.message}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {report.remarks.length >= 1_000 && <p className="dim">Remarks end at 1,000.</p>}
          </>
        )}
      </article>
    </div>
  );
}
