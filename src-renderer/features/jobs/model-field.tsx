import { Autocomplete, Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { formatBytes, formatCount } from '#shared/lib/format.ts';
import type { Address } from './backend-field.tsx';
import styles from './new-job.module.css';

/** The model, out of what the chosen backend says it has; another name may be typed. */
export function ModelField(props: {
  readonly address: Address;
  readonly model: string;
  readonly problem: string | undefined;
  readonly onChange: (model: string) => void;
}): ReactNode {
  const { orpc } = useApi();
  const [address] = useDebouncedValue(props.address, 400);
  const askable = address.backendType === 'demo' || address.backendUrl.trim() !== '';
  const models = useQuery(
    orpc.backends.models.queryOptions({
      input: {
        backend_type: address.backendType,
        backend_url: address.backendUrl.trim() === '' ? null : address.backendUrl.trim(),
      },
      enabled: askable,
      staleTime: 15_000,
    }),
  );
  const about = models.data?.find((one) => one.name === props.model);
  const failure = models.error === null ? null : shownFailure(models.error);
  const described = about === undefined ? '' : describe(about);
  return (
    <div className={styles.group}>
      <Autocomplete
        label="Model"
        description="What the backend is asked to run. Empty: the backend's default."
        placeholder={models.isFetching ? 'Asking the backend…' : 'Name of a model'}
        data={[...new Set((models.data ?? []).map((one) => one.name))]}
        value={props.model}
        error={props.problem}
        maxLength={128}
        limit={200}
        onChange={props.onChange}
      />
      <p className="dim" aria-live="polite">
        {models.isFetching && 'Asking the backend for its models…'}
        {!models.isFetching && models.data !== undefined && (
          <>
            {formatCount(models.data.length)} {models.data.length === 1 ? 'model' : 'models'} on this backend
            {described !== '' && ` · ${described}`}
            {about === undefined &&
              props.model !== '' &&
              ' · not one of them: it will be pulled if the backend can'}
          </>
        )}
      </p>
      {!models.isFetching && failure !== null && (
        <p className={styles.problem} role="alert">
          {failure.message} <code>{failure.code}</code>{' '}
          <Button variant="default" size="compact-xs" onClick={() => void models.refetch()}>
            Try again
          </Button>
        </p>
      )}
    </div>
  );
}

function describe(model: {
  readonly size_bytes: number | null;
  readonly context_length: number | null;
  readonly loaded: boolean | null;
}): string {
  return [
    model.size_bytes === null ? null : formatBytes(model.size_bytes),
    model.context_length === null ? null : `${formatCount(model.context_length)} tokens of context`,
    model.loaded === null ? null : model.loaded ? 'loaded' : 'not loaded yet',
  ]
    .filter((part) => part !== null)
    .join(', ');
}
