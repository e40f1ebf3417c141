import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { BACKEND_TYPES, type BackendType } from '#shared/model/job.ts';
import { type BackendChoice, backendChoices, choiceKey, OTHER } from './backend-choice.ts';
import styles from './new-job.module.css';

export interface Address {
  readonly backendType: BackendType;
  readonly backendUrl: string;
}

/** Which server answers: by name, or by type and address. */
export function BackendField(props: {
  readonly address: Address;
  readonly problem: string | undefined;
  readonly onChange: (address: Address, model: string | null) => void;
}): ReactNode {
  const { address, onChange } = props;
  const { orpc } = useApi();
  const settings = useQuery(orpc.settings.get.queryOptions());
  const found = useQuery(orpc.backends.discover.queryOptions({ staleTime: 30_000 }));
  const choices = backendChoices(settings.data, found.data);
  const key = choiceKey(address.backendType, address.backendUrl);
  const chosen = choices.find((one) => one.value === key);
  const [other, setOther] = useState(false);
  const isOther = other || chosen === undefined;
  return (
    <div className={styles.group}>
      <Select
        label="Backend"
        description="The server that runs the model."
        allowDeselect={false}
        data={[
          ...grouped(choices),
          { group: 'By address', items: [{ value: OTHER, label: 'Another address…' }] },
        ]}
        value={isOther ? OTHER : key}
        onChange={(value) => {
          const choice = choices.find((one) => one.value === value);
          setOther(choice === undefined);
          if (choice !== undefined) onChange(choice, choice.model ?? '');
          else if (address.backendType === 'demo') onChange({ backendType: 'ollama', backendUrl: '' }, '');
        }}
        rightSection={found.isFetching ? <span className="faint">…</span> : undefined}
      />
      {!isOther && address.backendUrl !== '' && (
        <p className="dim">
          <span className="figure">{address.backendType}</span> at{' '}
          <span className="figure">{address.backendUrl}</span>
        </p>
      )}
      {isOther && (
        <div className={styles.pair}>
          <Select
            label="backend_type"
            description="Which API it speaks."
            allowDeselect={false}
            data={BACKEND_TYPES.filter((type) => type !== 'demo' || address.backendType === 'demo')}
            value={address.backendType}
            onChange={(type) => {
              const backendType = BACKEND_TYPES.find((one) => one === type);
              if (backendType !== undefined) onChange({ ...address, backendType }, null);
            }}
          />
          <TextInput
            label="Base URL"
            description={
              address.backendType === 'bedrock'
                ? 'An AWS region, or an endpoint of your own.'
                : 'Without a key in it: secrets go into Settings by name.'
            }
            placeholder={address.backendType === 'bedrock' ? 'us-east-1' : 'http://127.0.0.1:11434'}
            value={address.backendUrl}
            error={props.problem}
            onChange={(event) => onChange({ ...address, backendUrl: event.currentTarget.value }, null)}
          />
        </div>
      )}
    </div>
  );
}

function grouped(
  choices: readonly BackendChoice[],
): { group: string; items: { value: string; label: string }[] }[] {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const { group, value, label } of choices)
    groups.set(group, [...(groups.get(group) ?? []), { value, label }]);
  return [...groups].map(([group, items]) => ({ group, items }));
}
