import { Button, Select, Switch, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import archive from './archive.module.css';
import { fieldProblems, isAllMarked } from './archive-words.ts';
import { focusFirst } from './focus-first.ts';
import {
  CHECKSUM_MODES,
  PATH_STYLES,
  pathStyleOf,
  pathStyleValue,
  type S3Field,
  type S3Target,
  targetOfForm,
} from './s3-target-draft.ts';
import { SecretSelect } from './secret-select.tsx';
import styles from './settings.module.css';
import { TestButton } from './test-report.tsx';

/** A bucket to add or to change. What is wrong with a field is said at the field, in the engine's words. */
export function S3TargetForm(props: {
  readonly target: S3Target;
  /** Where it stands, or would stand, among the targets of the settings. */
  readonly index: number;
  /** With an id where the form has none yet. */
  readonly named: (target: S3Target) => S3Target;
  readonly onKeep: (target: S3Target) => Promise<void>;
  readonly onDismiss: () => void;
}): ReactNode {
  const { client } = useApi();
  const [draft, setDraft] = useState(props.target);
  const [refusal, setRefusal] = useState<unknown>(null);
  /** Why the form could not even be tested. */
  const [untested, setUntested] = useState<unknown>(null);
  const [saving, setSaving] = useState(false);
  const change = (part: Partial<S3Target>): void => setDraft((now) => ({ ...now, ...part }));
  const failure = refusal === null ? null : shownFailure(refusal);
  const said = failure ?? (untested === null ? null : shownFailure(untested));
  const problems = said === null ? {} : fieldProblems(said.message, props.index);
  const text = (
    field: S3Field & ('name' | 'bucket' | 'prefix' | 'endpoint' | 'region' | 'access_key_id'),
  ) => ({
    value: draft[field] ?? '',
    error: problems[field],
    autoComplete: 'off',
    spellCheck: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change({ [field]: event.currentTarget.value }),
  });
  const ready = draft.name.trim() !== '' && draft.bucket.trim() !== '';
  const save = async (): Promise<void> => {
    setSaving(true);
    setUntested(null);
    try {
      await props.onKeep(targetOfForm(draft));
    } catch (thrown) {
      setRefusal(thrown);
      setSaving(false);
    }
  };
  const fields = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (refusal !== null) fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusal]);
  const withKey = (draft.access_key_id ?? '').trim() !== '';
  return (
    <form
      ref={focusFirst}
      className={styles.item}
      aria-label={props.target.id === '' ? 'New S3 target' : `Edit ${props.target.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div ref={fields} className={`${styles.fields} ${archive.fields}`}>
        <TextInput label="Name" description="What you call it." maxLength={64} {...text('name')} />
        <TextInput label="Bucket" description="It has to be there already." {...text('bucket')} />
        <TextInput label="Prefix" description="Where results lie in it." {...text('prefix')} />
        <TextInput
          label="Endpoint"
          description="Empty: AWS."
          placeholder="https://s3.amazonaws.com"
          {...text('endpoint')}
        />
        <TextInput label="Region" description="Empty: as the environment has it." {...text('region')} />
        <Select
          label="Addressing"
          description="Own servers want the path."
          allowDeselect={false}
          data={[...PATH_STYLES]}
          value={pathStyleValue(draft.path_style)}
          onChange={(value) => change({ path_style: pathStyleOf(value) })}
        />
        <Select
          label="Checksums"
          description="Older servers refuse CRC32."
          allowDeselect={false}
          data={[...CHECKSUM_MODES]}
          value={draft.checksums}
          onChange={(value) =>
            change({
              checksums: CHECKSUM_MODES.find((one) => one.value === value)?.value ?? 'when_required',
            })
          }
        />
        <TextInput
          label="Access key id"
          description="Empty: environment, profile or role."
          {...text('access_key_id')}
        />
        {withKey && (
          <>
            <SecretSelect
              label="Secret access key"
              description="Name of the secret that holds it."
              value={draft.secret_access_key_secret}
              onChange={(secret_access_key_secret) => change({ secret_access_key_secret })}
            />
            <SecretSelect
              label="Session token"
              description="Of temporary credentials only."
              value={draft.session_token_secret}
              onChange={(session_token_secret) => change({ session_token_secret })}
            />
          </>
        )}
      </div>
      <Switch
        label="Deliver results here"
        description="Off: it is only browsed and read."
        checked={draft.delivers}
        onChange={(event) => change({ delivers: event.currentTarget.checked })}
      />
      {failure !== null && (
        <FailureNotice
          failure={
            isAllMarked(failure.message, problems)
              ? { ...failure, message: 'Correct the marked fields.', detail: failure.message }
              : failure
          }
          what="The target was not saved."
        />
      )}
      <TestButton
        title={draft.name.trim() === '' ? 'this target' : draft.name}
        disabled={!ready}
        test={async () => {
          setRefusal(null);
          setUntested(null);
          return client.archive
            .test({ setting: props.named(targetOfForm(draft)) })
            .catch((thrown: unknown) => {
              setUntested(thrown);
              throw thrown;
            });
        }}
      />
      <div className={styles.buttons}>
        <Button type="submit" disabled={!ready} loading={saving}>
          Save
        </Button>
        <Button variant="default" onClick={props.onDismiss}>
          Discard
        </Button>
      </div>
    </form>
  );
}
