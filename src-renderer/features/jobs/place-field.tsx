import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote } from '#renderer/client/sources.ts';
import { BACKEND_TYPES } from '#shared/model/job.ts';
import { OWN, remoteSource } from '#shared/model/source.ts';
import styles from './new-job.module.css';
import { asksAgent, type FieldProblems, type NewJobForm } from './new-job-form.ts';

interface Part {
  readonly form: NewJobForm;
  readonly problems: FieldProblems;
  readonly onChange: (part: Partial<NewJobForm>) => void;
}

/** On which computer the job runs: this one, or a remote of the settings. Nothing where there is no choice. */
export function PlaceField({ form, onChange }: Omit<Part, 'problems'>): ReactNode {
  const { orpc } = useApi();
  const remotes = useQuery(orpc.settings.get.queryOptions()).data?.remotes ?? [];
  if (remotes.length === 0 && form.at === OWN) return null;
  const chosen = remotes.find(({ id }) => remoteSource(id) === form.at);
  const gone = form.at !== OWN && chosen === undefined;
  return (
    <div className={styles.group}>
      <Select
        label="Runs on"
        description="The computer that does the work and pays for it."
        allowDeselect={false}
        data={[
          { value: OWN, label: 'This computer' },
          ...remotes.map(({ id, name }) => ({ value: remoteSource(id), label: name })),
          ...(gone ? [{ value: form.at, label: 'A remote that was removed' }] : []),
        ]}
        value={form.at}
        onChange={(value) => {
          if (value === null || value === form.at) return;
          // What was chosen out of this computer's lists means nothing there.
          onChange({ at: value, ...(isRemote(value) ? { rental: null, collector: 'sqlite' } : {}) });
        }}
      />
      {chosen !== undefined && (
        <p className="dim">
          At <span className="figure">{chosen.url}</span> as tenant{' '}
          <span className="figure">{chosen.tenant}</span>
        </p>
      )}
      {gone && (
        <p className={styles.warning}>
          It is not in the settings any more. <a href={`#${paths.settings('remotes')}`}>Remotes</a>
        </p>
      )}
    </div>
  );
}

/** Agent, backend and model as a remote knows them: nobody here can list them. */
export function RemoteFields({ form, problems, onChange }: Part): ReactNode {
  const asks = asksAgent(form.kind);
  return (
    <>
      {asks && (
        <TextInput
          label="Agent"
          description="By the name that the remote knows it by: its own drivers are used."
          value={form.agent}
          error={problems.agent}
          maxLength={64}
          onChange={(event) => onChange({ agent: event.currentTarget.value })}
        />
      )}
      <div className={styles.pair}>
        <Select
          label="backend_type"
          description="Which API the model’s server speaks."
          allowDeselect={false}
          data={[...BACKEND_TYPES]}
          value={form.backendType}
          error={problems.backendType}
          onChange={(type) => {
            const backendType = BACKEND_TYPES.find((one) => one === type);
            if (backendType !== undefined) onChange({ backendType });
          }}
        />
        <TextInput
          label="Base URL"
          description="As the remote reaches it. Empty: as its settings have it."
          value={form.backendUrl}
          error={problems.backendUrl}
          onChange={(event) => onChange({ backendUrl: event.currentTarget.value })}
        />
      </div>
      {(asks || form.kind === 'chain') && (
        <TextInput
          label="Model"
          description="Empty: the backend’s default."
          value={form.model}
          error={problems.model}
          maxLength={128}
          onChange={(event) => onChange({ model: event.currentTarget.value })}
        />
      )}
    </>
  );
}
