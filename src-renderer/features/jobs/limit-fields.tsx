import { Checkbox, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './new-job.module.css';
import type { FieldProblems, NewJobForm } from './new-job-form.ts';

interface Part {
  readonly form: NewJobForm;
  readonly problems: FieldProblems;
  readonly onChange: (part: Partial<NewJobForm>) => void;
}

/** How long things may take, and what the agent may use. */
export function TimeFields({ form, problems, onChange }: Part): ReactNode {
  return (
    <>
      <Checkbox
        label="Warm the model up first"
        description="Loads (and where needed pulls) the model before the question, so that the answer's time is the answer's alone."
        checked={form.warmup}
        onChange={(event) => onChange({ warmup: event.currentTarget.checked })}
      />
      <div className={styles.pair}>
        <TextInput
          label="Warm-up limit, seconds"
          description="The job fails when the model is not ready by then."
          inputMode="numeric"
          disabled={!form.warmup}
          value={form.warmupTimeout}
          error={problems.warmupTimeout}
          onChange={(event) => onChange({ warmupTimeout: event.currentTarget.value })}
        />
        <TextInput
          label="Job limit, seconds"
          description="The whole job, queue aside. Empty: the limit in Settings."
          inputMode="numeric"
          value={form.timeout}
          error={problems.timeout}
          onChange={(event) => onChange({ timeout: event.currentTarget.value })}
        />
      </div>
      {form.agent !== 'prompt' && (
        <TextInput
          label="Kubeconfig"
          description="Path of the file that the agent may use to look at a cluster. Empty: none is handed over."
          value={form.kubeconfig}
          error={problems.kubeconfig}
          onChange={(event) => onChange({ kubeconfig: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** What an estimate for this computer rests on. */
export function CostFields({ form, problems, onChange }: Part): ReactNode {
  return (
    <div className={styles.triple}>
      <TextInput
        label="Duration, seconds"
        description="How long the job would run."
        inputMode="numeric"
        value={form.duration}
        error={problems.duration}
        onChange={(event) => onChange({ duration: event.currentTarget.value })}
      />
      <TextInput
        label="Power, watts"
        description="Under load. Empty: as in Settings."
        inputMode="numeric"
        value={form.tdpWatts}
        error={problems.tdpWatts}
        onChange={(event) => onChange({ tdpWatts: event.currentTarget.value })}
      />
      <TextInput
        label="Energy, $ per kWh"
        description="Empty: as in Settings."
        inputMode="decimal"
        value={form.energyRate}
        error={problems.energyRate}
        onChange={(event) => onChange({ energyRate: event.currentTarget.value })}
      />
    </div>
  );
}
