import type { ReactNode } from 'react';
import type { Settings } from '#shared/contract/contract.ts';
import { SavedNumber } from './saved-fields.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

interface Part {
  readonly access: SettingsAccess;
  readonly settings: Settings;
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
