import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { OpenedResult, RecordDiff } from '#shared/model/archive.ts';
import type { Json } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import styles from './archived.module.css';
import { valueText } from './archived-words.ts';

/** The archived result against what this computer knows of the job, member by member. */
export function ArchivedDiff(props: { readonly opened: OpenedResult }): ReactNode {
  const { target, key, job_id } = props.opened;
  const { orpc } = useApi();
  const diff = useQuery(orpc.archive.diff.queryOptions({ input: { target, key }, staleTime: 0, gcTime: 0 }));
  if (diff.error !== null) {
    return (
      <FailureNotice
        failure={shownFailure(diff.error)}
        what="The result was not compared."
        onRetry={() => void diff.refetch()}
      />
    );
  }
  if (diff.data === undefined) {
    return (
      <Delayed>
        <p className="dim">Comparing…</p>
      </Delayed>
    );
  }
  if (!diff.data.has_local)
    return <p>This computer does not know the job: there is nothing to compare with.</p>;
  return (
    <>
      <p role="status">
        {diff.data.total === 0
          ? 'The archived result and the local record are equal in every member.'
          : `${formatCount(diff.data.total)} ${diff.data.total === 1 ? 'member differs' : 'members differ'} between the archived result and the local record.`}{' '}
        <a href={`#${paths.job(OWN, job_id)}`}>Open the local job</a>
      </p>
      {diff.data.total > 0 && <Differences diff={diff.data} />}
    </>
  );
}

function Differences(props: { readonly diff: RecordDiff }): ReactNode {
  const { differences, total } = props.diff;
  return (
    <>
      <table className={styles.diff}>
        <thead>
          <tr>
            <th scope="col">member</th>
            <th scope="col">archived</th>
            <th scope="col">local</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((one) => (
            <tr key={one.pointer}>
              <th scope="row" className="figure">
                {one.pointer === '' ? '(the record)' : one.pointer}
              </th>
              <td>
                <Value value={one.archived} name={`archived ${one.pointer}`} />
              </td>
              <td>
                <Value value={one.local} name={`local ${one.pointer}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {differences.length < total && (
        <p className="dim">
          The first {formatCount(differences.length)} of {formatCount(total)}.
        </p>
      )}
    </>
  );
}

function Value(props: { readonly value: Json | undefined; readonly name: string }): ReactNode {
  const text = valueText(props.value);
  if (text === null) return <span className="faint">no such member</span>;
  return (
    <CopyButton text={text.whole} label={`Copy the ${props.name}`}>
      <span className={`figure ${styles.value}`}>{text.shown}</span>
    </CopyButton>
  );
}
