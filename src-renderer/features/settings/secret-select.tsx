import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';

/** A secret by its name; the value is never here. */
export function SecretSelect(props: {
  readonly label: string;
  readonly description: string;
  readonly value: string | null;
  readonly onChange: (name: string | null) => void;
}): ReactNode {
  const { orpc } = useApi();
  const secrets = useQuery(orpc.secrets.list.queryOptions());
  const names = new Set([
    ...(secrets.data ?? []).map((one) => one.name),
    ...(props.value === null ? [] : [props.value]),
  ]);
  return (
    <Select
      label={props.label}
      description={props.description}
      placeholder={names.size === 0 ? 'No secret yet: add one in Secrets' : 'None'}
      clearable
      data={[...names]}
      value={props.value}
      onChange={props.onChange}
    />
  );
}
