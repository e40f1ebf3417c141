import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import { OWN } from '#shared/model/source.ts';

const SAMPLE = {
  backend_type: 'demo',
  backend_url: null,
  agent: 'prompt',
  model: 'demo',
  question: 'A pod in namespace shop is in CrashLoopBackOff. What would you check first, and why?',
};

/** Listed to its end, and there was nothing. */
export function NothingArchived(props: { readonly target: ArchiveTargetInfo }): ReactNode {
  const { client } = useApi();
  const { target } = props;
  const start = useMutation({
    mutationFn: () => client.jobs.create({ kind: 'agentic-agent', request: SAMPLE }),
    onSuccess: (created) => navigate(paths.job(OWN, created.job_id)),
  });
  if (!target.delivers) {
    return (
      <EmptyState title="Nothing here">
        There is no key below {target.prefix} at {target.place}. This archive is only read: results arrive
        here from elsewhere.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No results yet"
      action={
        <Button size="sm" loading={start.isPending} onClick={() => start.mutate()}>
          Run a sample job
        </Button>
      }
    >
      <p>
        Results of finished jobs appear here, each as one JSON file that can be opened, verified and taken
        along, at {target.place}.
      </p>
      {start.error !== null && (
        <FailureNotice failure={shownFailure(start.error)} what="The sample job could not be started." />
      )}
    </EmptyState>
  );
}

/** The index is empty because nothing was listed to its end. */
export function NotListed(props: {
  readonly target: ArchiveTargetInfo;
  readonly onList: () => void;
}): ReactNode {
  return (
    <EmptyState title="Not listed yet" action={<Button onClick={props.onList}>List it</Button>}>
      Nothing of {props.target.place} is loaded. A result can still be opened by its job id or key: type it
      above (F).
    </EmptyState>
  );
}

export function NothingMatches(props: {
  readonly isWhole: boolean;
  readonly onClear: () => void;
}): ReactNode {
  return (
    <EmptyState title="No result matches" action={<Button onClick={props.onClear}>Clear the filters</Button>}>
      {props.isWhole
        ? 'Everything in this archive was looked at.'
        : 'Only what is loaded was looked at; the archive was not listed to its end.'}
    </EmptyState>
  );
}
