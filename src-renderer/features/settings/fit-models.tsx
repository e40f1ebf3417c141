import { Button, NumberInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { requiredDiskGb } from '#shared/model/model-fit.ts';
import type { FitModel } from '#shared/model/offers.ts';
import { focusFirst } from './focus-first.ts';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

type OwnModel = Settings['offers']['models'][number];

/** RUNE's table of models and what they need, with the user's own rows, which win over those of the same name. */
export function FitModels(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { orpc } = useApi();
  const rows = useQuery(orpc.offers.models.queryOptions());
  const own = settings.offers.models;
  const [editing, setEditing] = useState<FitModel | 'new' | null>(null);
  const save = async (models: readonly OwnModel[]): Promise<void> => {
    await access.save({ ...settings, offers: { ...settings.offers, models: [...models] } });
    setEditing(null);
  };
  const without = (name: string): readonly OwnModel[] => own.filter(({ model }) => model !== name);
  return (
    <>
      <p className="dim">
        The largest that fits a machine's memory is taken where a job names none. Disk is RUNE's formula, the
        memory and 15 % more, and 32 GB beside it, unless a row says otherwise.
      </p>
      {rows.error !== null && (
        <FailureNotice
          failure={shownFailure(rows.error)}
          what="The table could not be read."
          onRetry={() => void rows.refetch()}
        />
      )}
      <table className={styles.models} aria-label="Models and what they need">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">GPU memory</th>
            <th scope="col">Disk</th>
            <th scope="col">From</th>
            <th scope="col" aria-label="Change" />
          </tr>
        </thead>
        <tbody>
          {(rows.data ?? []).map((row) => {
            const mine = own.find(({ model }) => model === row.model);
            return (
              <tr key={row.model}>
                <th scope="row" className="figure">
                  {row.model}
                </th>
                <td className="figure">
                  {row.vram_mb.toLocaleString('en-US')} <span className="dim">MB</span>
                </td>
                <td className="figure">
                  {row.required_disk_gb} <span className="dim">GB{mine?.disk_gb != null && ', yours'}</span>
                </td>
                <td className={row.own ? undefined : 'dim'}>{row.own ? 'yours' : 'RUNE'}</td>
                <td>
                  <Button
                    variant="default"
                    size="compact-xs"
                    aria-label={`Change ${row.model}`}
                    onClick={() => setEditing(row)}
                  >
                    Change
                  </Button>{' '}
                  {row.own && (
                    <Button
                      variant="default"
                      size="compact-xs"
                      aria-label={`Remove my row of ${row.model}`}
                      onClick={() => access.change(withModels(settings, without(row.model)))}
                    >
                      Remove mine
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {editing === null ? (
        <Button variant="default" onClick={() => setEditing('new')}>
          Add model
        </Button>
      ) : (
        <ModelForm
          key={editing === 'new' ? '' : editing.model}
          row={editing === 'new' ? null : editing}
          disk={editing === 'new' ? null : (own.find((one) => one.model === editing.model)?.disk_gb ?? null)}
          onKeep={(model) => save([...without(model.model), model])}
          onDismiss={() => setEditing(null)}
        />
      )}
    </>
  );
}

const withModels = (settings: Settings, models: readonly OwnModel[]): Settings => ({
  ...settings,
  offers: { ...settings.offers, models: [...models] },
});

function ModelForm(props: {
  readonly row: FitModel | null;
  readonly disk: number | null;
  readonly onKeep: (model: OwnModel) => Promise<void>;
  readonly onDismiss: () => void;
}): ReactNode {
  const [model, setModel] = useState(props.row?.model ?? '');
  const [memory, setMemory] = useState<number | string>(props.row?.vram_mb ?? '');
  const [disk, setDisk] = useState<number | string>(props.disk ?? '');
  const [refusal, setRefusal] = useState<unknown>(null);
  const vram_mb = typeof memory === 'number' ? memory : null;
  return (
    <form
      ref={focusFirst}
      className={styles.item}
      aria-label="Model"
      onSubmit={(event) => {
        event.preventDefault();
        if (vram_mb === null) return;
        props
          .onKeep({ model: model.trim(), vram_mb, disk_gb: typeof disk === 'number' ? disk : null })
          .catch(setRefusal);
      }}
    >
      <div className={styles.fields}>
        <TextInput
          label="Model"
          description="As jobs name it."
          maxLength={128}
          disabled={props.row !== null}
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        <NumberInput
          label="GPU memory"
          description="Of all GPUs together."
          min={1}
          max={100_000_000}
          allowDecimal={false}
          suffix=" MB"
          value={memory}
          onChange={setMemory}
        />
        <NumberInput
          label="Disk"
          description={
            vram_mb === null
              ? 'Empty: by the formula.'
              : `Empty: by the formula, ${requiredDiskGb(vram_mb)} GB.`
          }
          min={8}
          max={100_000}
          allowDecimal={false}
          suffix=" GB"
          value={disk}
          onChange={setDisk}
        />
      </div>
      {refusal !== null && <FailureNotice failure={shownFailure(refusal)} what="The model was not saved." />}
      <div className={styles.buttons}>
        <Button type="submit" disabled={model.trim() === '' || vram_mb === null}>
          Save
        </Button>
        <Button variant="default" onClick={props.onDismiss}>
          Discard
        </Button>
      </div>
    </form>
  );
}
