import { Button, Switch } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import styles from './archive.module.css';
import { ArchiveOutbox } from './archive-outbox.tsx';
import { ArchiveTarget } from './archive-target.tsx';
import { freeId } from './free-id.ts';
import { NEW_TARGET, type S3Target } from './s3-target-draft.ts';
import { S3TargetForm } from './s3-target-form.tsx';
import type { SettingsAccess } from './use-settings.ts';

const REFRESH_MS = 3_000;
/** Ids that targets of the engine itself have. */
const TAKEN = [{ id: 'folder' }, { id: 'env' }];

/** Where results of ended jobs go, how that goes, and what still waits. */
export function ArchiveSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { archive } = settings;
  const { orpc } = useApi();
  const cache = useQueryClient();
  const [editing, setEditing] = useState<string | null>(null);
  const targets = useQuery(orpc.archive.targets.queryOptions({ refetchInterval: REFRESH_MS }));
  const all = targets.data ?? [];
  const change = (part: Partial<Settings['archive']>): void =>
    access.change({ ...settings, archive: { ...archive, ...part } });
  const named = (target: S3Target): S3Target =>
    target.id === ''
      ? { ...target, id: freeId(target.name, [...archive.targets, ...TAKEN], 'bucket') }
      : target;
  const keep = async (target: S3Target): Promise<void> => {
    const next =
      target.id === ''
        ? [...archive.targets, named(target)]
        : archive.targets.map((one) => (one.id === target.id ? target : one));
    await access.save({ ...settings, archive: { ...archive, targets: next } });
    setEditing(null);
    void cache.invalidateQueries({ queryKey: orpc.archive.key() });
  };
  const info = (id: string) => all.find((one) => one.target === id);
  const folder = info('folder');
  const environment = info('env');
  return (
    <>
      <p className="dim">
        Each finished job's result goes to every target that takes results, as{' '}
        <span className="figure">{'{tenant}/{kind}/{date}/{job_id}.json'}</span> below its prefix.
      </p>
      {targets.error !== null && targets.data === undefined && (
        <FailureNotice
          failure={shownFailure(targets.error)}
          what="The targets could not be read."
          onRetry={() => void targets.refetch()}
        />
      )}
      <Switch
        label="Archive failed and cancelled jobs too"
        checked={archive.unsuccessful}
        onChange={(event) => change({ unsuccessful: event.currentTarget.checked })}
      />
      <Switch
        label="Deliver to the folder on this computer"
        checked={archive.folder}
        onChange={(event) => change({ folder: event.currentTarget.checked })}
      />
      {folder !== undefined && <ArchiveTarget target={folder} />}
      {environment !== undefined && (
        <>
          <Switch
            label="Deliver to the bucket that the environment names"
            description="Set outside Runescope, by RUNE_S3_* or S3_* variables."
            checked={archive.environment}
            onChange={(event) => change({ environment: event.currentTarget.checked })}
          />
          <ArchiveTarget target={environment} />
        </>
      )}
      <h3 className={styles.heading}>S3 targets</h3>
      {archive.targets.length === 0 && editing === null && (
        <p className="faint">
          No bucket was added yet.
          {environment === undefined &&
            ' RUNE_S3_BUCKET in the environment would be found without an entry here.'}
        </p>
      )}
      {archive.targets.map((target, index) => {
        const known = info(target.id);
        return editing === target.id ? (
          <S3TargetForm
            key={target.id}
            target={target}
            index={index}
            named={named}
            onKeep={keep}
            onDismiss={() => setEditing(null)}
          />
        ) : known === undefined ? null : (
          <ArchiveTarget
            key={target.id}
            target={known}
            onEdit={() => setEditing(target.id)}
            onRemove={() => change({ targets: archive.targets.filter((one) => one.id !== target.id) })}
          />
        );
      })}
      {all
        .filter((one) => one.kind === 'missing')
        .map((one) => (
          <ArchiveTarget key={one.target} target={one} />
        ))}
      {editing === '' ? (
        <S3TargetForm
          target={NEW_TARGET}
          index={archive.targets.length}
          named={named}
          onKeep={keep}
          onDismiss={() => setEditing(null)}
        />
      ) : (
        <Button
          variant="default"
          disabled={archive.targets.length >= 16}
          title={archive.targets.length >= 16 ? 'Sixteen targets are the most' : undefined}
          onClick={() => setEditing('')}
        >
          Add S3 target
        </Button>
      )}
      <h3 className={styles.heading}>Waiting for delivery</h3>
      <ArchiveOutbox targets={all} />
    </>
  );
}
