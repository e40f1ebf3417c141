import { Autocomplete } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { formatSignificant } from '#shared/lib/format.ts';
import { findModel } from '#shared/model/model-fit.ts';
import styles from './new-job.module.css';

/** The model that a rented machine pulls, and what it needs. */
export function RentalModelField(props: {
  readonly model: string;
  readonly problem: string | undefined;
  readonly onChange: (model: string) => void;
}): ReactNode {
  const { orpc } = useApi();
  const table = useQuery(orpc.offers.models.queryOptions({ staleTime: 30_000 })).data ?? [];
  const row = props.model.trim() === '' ? null : findModel(props.model, table);
  return (
    <div className={styles.group}>
      <Autocomplete
        label="Model"
        description="What the machine downloads and runs. Empty: the largest of the table that fits it."
        placeholder="The largest that fits"
        data={table.map(({ model }) => model)}
        value={props.model}
        error={props.problem}
        maxLength={128}
        limit={200}
        onChange={props.onChange}
      />
      <p className="dim" aria-live="polite">
        {row !== null
          ? `Needs ${formatSignificant(row.vram_mb / 1024)} GB of GPU memory and ${row.required_disk_gb} GB of disk`
          : props.model.trim() !== '' && 'What it needs is not known: the machine may be too small for it'}
      </p>
    </div>
  );
}
