import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote, newJobAt } from '#renderer/client/sources.ts';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { EXTERNAL } from '#shared/model/source.ts';
import styles from './first-run.module.css';

/** A board without a row, of a source that is not this computer: what would be here, and what fills it. */
export function NoJobs({ source }: { readonly source: string }): ReactNode {
  const { orpc } = useApi();
  const info = useQuery(orpc.sources.list.queryOptions()).data?.find((one) => one.source === source);
  if (isRemote(source)) return <RemoteNoJobs source={source} title={info?.title ?? 'this remote'} />;
  if (source === EXTERNAL) {
    return (
      <EmptyState
        title="No trace came in yet"
        action={
          <Button size="sm" variant="default" component="a" href={`#${paths.settings('http')}`}>
            How to send here
          </Button>
        }
      >
        Traces that are sent here over OTLP, and belong to no job of this computer, stand here one by one.
      </EmptyState>
    );
  }
  return info?.kind === 'file' ? (
    <EmptyState title="This file holds no traces">It was read whole and has no span.</EmptyState>
  ) : (
    <EmptyState title="This store holds no jobs">Its file was read and has no job rows.</EmptyState>
  );
}

/** RUNE's server has no list: what was not started from here is opened by its id. */
function RemoteNoJobs({ source, title }: { readonly source: string; readonly title: string }): ReactNode {
  const [id, setId] = useState('');
  return (
    <EmptyState
      title={`No job of ${title} is known here yet`}
      action={
        <form
          className={styles.actions}
          onSubmit={(event) => {
            event.preventDefault();
            if (id.trim() !== '') navigate(paths.job(source, id.trim()));
          }}
        >
          <Button size="sm" component="a" href={`#${newJobAt(source)}`}>
            New job there…
          </Button>
          <TextInput
            aria-label="Id of a job there"
            placeholder="Id of a job there"
            size="sm"
            maxLength={128}
            spellCheck={false}
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
          />
          <Button size="sm" type="submit" variant="default" disabled={id.trim() === ''}>
            Open
          </Button>
        </form>
      }
    >
      Jobs that are started there from here stand on this board, and those that the remote lists. Any other
      job is opened by its id.
    </EmptyState>
  );
}
