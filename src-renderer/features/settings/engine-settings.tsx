import { NumberInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Settings } from '#shared/contract/contract.ts';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

interface Part {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}

/** A number that is saved when it is left, and only when it changed. */
function SavedNumber(props: {
  readonly label: string;
  readonly description: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly suffix?: string;
  readonly decimals?: boolean;
  readonly onSave: (value: number) => void;
}): ReactNode {
  const { value, onSave } = props;
  const [draft, setDraft] = useState<number | string>(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setDraft(value);
  }
  const save = (): void => {
    if (typeof draft === 'number' && draft !== value) onSave(draft);
    else if (typeof draft !== 'number') setDraft(value);
  };
  return (
    <NumberInput
      label={props.label}
      description={props.description}
      value={draft}
      min={props.min}
      max={props.max}
      step={props.step ?? 1}
      allowDecimal={props.decimals === true}
      clampBehavior="blur"
      suffix={props.suffix ?? ''}
      onChange={setDraft}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
    />
  );
}

export function JobSettings({ access, settings }: Part): ReactNode {
  const save = (jobs: Partial<Settings['jobs']>): void =>
    access.change({ ...settings, jobs: { ...settings.jobs, ...jobs } });
  return (
    <div className={styles.fields}>
      <SavedNumber
        label="Jobs at a time"
        description="More wait in the queue."
        value={settings.jobs.concurrency}
        min={1}
        max={32}
        onSave={(concurrency) => save({ concurrency })}
      />
      <SavedNumber
        label="Job limit"
        description="Longer ones end as job.timeout."
        value={settings.jobs.timeout}
        min={1}
        max={86_400}
        suffix=" s"
        onSave={(timeout) => save({ timeout })}
      />
    </div>
  );
}

export function DemoSettings({ access, settings }: Part): ReactNode {
  return (
    <div className={styles.fields}>
      <SavedNumber
        label="Slowness of the demo backend"
        description="Multiplies each of its delays: 1 is a job of about five seconds, 0 answers at once."
        value={settings.demo.slowness}
        min={0}
        max={20}
        step={0.5}
        decimals
        suffix=" ×"
        onSave={(slowness) => access.change({ ...settings, demo: { slowness } })}
      />
    </div>
  );
}

export function CostSettings({ access, settings }: Part): ReactNode {
  const save = (local: Partial<Settings['local_cost']>): void =>
    access.change({ ...settings, local_cost: { ...settings.local_cost, ...local } });
  return (
    <>
      <p className="dim">What an estimate for a job on your own hardware rests on.</p>
      <div className={styles.fields}>
        <SavedNumber
          label="Power under load"
          description="Of the computer that runs the model."
          value={settings.local_cost.tdp_watts}
          min={1}
          max={20_000}
          suffix=" W"
          decimals
          onSave={(tdp_watts) => save({ tdp_watts })}
        />
        <SavedNumber
          label="Price of energy"
          description="In dollars per kilowatt hour."
          value={settings.local_cost.energy_rate_kwh}
          min={0}
          max={10}
          step={0.01}
          suffix=" $/kWh"
          decimals
          onSave={(energy_rate_kwh) => save({ energy_rate_kwh })}
        />
      </div>
    </>
  );
}
