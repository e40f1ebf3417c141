import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import type { AgentInfo } from '#shared/contract/types.ts';
import styles from './new-job.module.css';

/** Who is asked, and what is missing before it can be. */
export function AgentField(props: {
  readonly agent: string;
  readonly problem: string | undefined;
  readonly onChange: (agent: string) => void;
}): ReactNode {
  const { orpc } = useApi();
  const agents = useQuery(orpc.agents.list.queryOptions());
  const known = agents.data ?? [];
  const chosen = known.find((one) => one.name === props.agent);
  const label = (one: AgentInfo): string =>
    `${one.title}${one.title.toLowerCase().includes(one.name) ? '' : ` (${one.name})`}${reasonOf(one) === null ? '' : ' — not ready'}`;
  const ready = known.filter((one) => reasonOf(one) === null);
  const others = known.filter((one) => reasonOf(one) !== null);
  const unlisted =
    chosen === undefined && props.agent !== '' ? [{ value: props.agent, label: props.agent }] : [];
  const reason = chosen === undefined ? null : reasonOf(chosen);
  return (
    <div className={styles.group}>
      <Select
        label="Agent"
        description="Who answers the question. “prompt” is built in and asks the backend directly."
        searchable
        allowDeselect={false}
        data={[
          {
            group: 'No setting is missing',
            items: [...unlisted, ...ready.map((one) => ({ value: one.name, label: label(one) }))],
          },
          {
            group: 'A setting is missing',
            items: others.map((one) => ({ value: one.name, label: label(one) })),
          },
        ]}
        value={props.agent}
        error={props.problem}
        onChange={(value) => props.onChange(value ?? 'prompt')}
      />
      {reason !== null && (
        <p className={styles.warning}>
          {reason} <a href={`#${paths.settings('drivers')}`}>Set up its driver</a>
        </p>
      )}
    </div>
  );
}

/** Why it cannot be asked; null when it can. */
function reasonOf(agent: AgentInfo): string | null {
  if (agent.mode === 'manual' || agent.mode === 'browser')
    return `Its driver mode “${agent.mode}” is not supported.`;
  return agent.missing.length === 0 ? null : `Missing: ${agent.missing.join(', ')}.`;
}
