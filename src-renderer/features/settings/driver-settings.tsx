import { Button, SegmentedControl, Select, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { focusFirst } from './focus-first.ts';
import { SecretSelect } from './secret-select.tsx';
import styles from './settings.module.css';
import { TestButton } from './test-report.tsx';
import type { SettingsAccess } from './use-settings.ts';

type Driver = Settings['drivers'][number];

const NEW: Driver = {
  agent: '',
  mode: 'stdio',
  command: null,
  url: null,
  tenant: 'default',
  token_secret: null,
  pass_env: [],
};

/** How agents are reached when the environment does not say. */
export function DriverSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { client } = useApi();
  const [editing, setEditing] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = (agent: string): void => {
    setRemoving(null);
    access.change({ ...settings, drivers: settings.drivers.filter((one) => one.agent !== agent) });
  };
  const keep = async (was: string, driver: Driver): Promise<void> => {
    const drivers =
      was === ''
        ? [...settings.drivers.filter((one) => one.agent !== driver.agent), driver]
        : settings.drivers.map((one) => (one.agent === was ? driver : one));
    await access.save({ ...settings, drivers });
    setEditing(null);
  };
  return (
    <>
      <p className="dim">
        Programs or services that run an agent. <code>RUNE_&lt;NAME&gt;_DRIVER_CMD</code> and{' '}
        <code>RUNE_&lt;NAME&gt;_DRIVER_URL</code> in the environment win over what stands here.
      </p>
      {settings.drivers.length === 0 && editing === null && <p className="faint">No driver was added yet.</p>}
      {settings.drivers.map((driver) =>
        editing === driver.agent ? (
          <DriverForm
            key={driver.agent}
            driver={driver}
            onKeep={(next) => keep(driver.agent, next)}
            onDismiss={() => setEditing(null)}
          />
        ) : (
          <div key={driver.agent} className={styles.item}>
            <div className={styles.itemHead}>
              <strong>{driver.agent}</strong>
              <span className="figure dim">{driver.mode}</span>
              <span className={`figure ${styles.url}`} title={driver.command ?? driver.url ?? ''}>
                {(driver.mode === 'stdio' ? driver.command : driver.url) ?? (
                  <span className="dim">{driver.mode === 'stdio' ? 'its usual command' : 'no URL yet'}</span>
                )}
              </span>
              <span className={styles.spring} />
              {removing === driver.agent ? (
                <>
                  <Button color="red" onClick={() => remove(driver.agent)}>
                    Remove driver of {driver.agent}
                  </Button>
                  <Button variant="default" onClick={() => setRemoving(null)}>
                    Keep
                  </Button>
                </>
              ) : (
                <>
                  <Button
                    variant="default"
                    onClick={() => setEditing(driver.agent)}
                    aria-label={`Edit ${driver.agent}`}
                  >
                    Edit
                  </Button>
                  <Button
                    variant="default"
                    onClick={() => setRemoving(driver.agent)}
                    aria-label={`Remove ${driver.agent}…`}
                  >
                    Remove…
                  </Button>
                </>
              )}
            </div>
            <TestButton title={driver.agent} test={() => client.agents.test({ agent: driver.agent })} />
          </div>
        ),
      )}
      {editing === '' ? (
        <DriverForm driver={NEW} onKeep={(next) => keep('', next)} onDismiss={() => setEditing(null)} />
      ) : (
        <Button variant="default" onClick={() => setEditing('')}>
          Add driver
        </Button>
      )}
    </>
  );
}

function DriverForm(props: {
  readonly driver: Driver;
  readonly onKeep: (driver: Driver) => Promise<void>;
  readonly onDismiss: () => void;
}): ReactNode {
  const { orpc } = useApi();
  const agents = useQuery(orpc.agents.list.queryOptions());
  const [draft, setDraft] = useState(props.driver);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [ownName, setOwnName] = useState(false);
  const change = (part: Partial<Driver>): void => setDraft((now) => ({ ...now, ...part }));
  const stdio = draft.mode === 'stdio';
  const names = (agents.data ?? []).filter((one) => !one.builtin).map((one) => one.name);
  const listed = !ownName && (draft.agent === '' || names.includes(draft.agent));
  return (
    <form
      ref={focusFirst}
      className={styles.item}
      onSubmit={(event) => {
        event.preventDefault();
        const unused = stdio ? { url: null, token_secret: null } : { command: null };
        props.onKeep({ ...draft, ...unused }).catch(setRefusal);
      }}
    >
      <div className={styles.fields}>
        {listed ? (
          <Select
            label="Agent"
            description="Whose driver this is."
            searchable
            allowDeselect={false}
            data={[...names, { value: '+', label: 'Another name…' }]}
            value={draft.agent === '' ? null : draft.agent}
            onChange={(value) => {
              if (value === '+') setOwnName(true);
              change({ agent: value === '+' ? '' : (value ?? '') });
            }}
          />
        ) : (
          <TextInput
            label="Agent"
            description="Letters a to z, digits, _ and -."
            maxLength={64}
            value={draft.agent}
            onChange={(event) => change({ agent: event.currentTarget.value })}
          />
        )}
        <div>
          <span className={styles.label}>Mode</span>
          <p className={styles.hint}>stdio: a program. http: a service.</p>
          <SegmentedControl
            aria-label="Mode"
            data={['stdio', 'http']}
            value={draft.mode}
            onChange={(mode) => change({ mode: mode === 'http' ? 'http' : 'stdio' })}
          />
        </div>
        {stdio ? (
          <TextInput
            label="Command"
            description="Program and arguments; no shell."
            title="Read as POSIX shell words; no shell runs it"
            placeholder="python3 -m holmes_driver"
            value={draft.command ?? ''}
            onChange={(event) => change({ command: event.currentTarget.value || null })}
          />
        ) : (
          <TextInput
            label="URL"
            description="Without a token in it."
            value={draft.url ?? ''}
            onChange={(event) => change({ url: event.currentTarget.value || null })}
          />
        )}
        {stdio ? (
          <TagsInput
            label="Environment passed on"
            description="Variables it may see besides."
            title="Names of variables the driver may see beside those it needs"
            value={draft.pass_env}
            onChange={(pass_env) => change({ pass_env })}
          />
        ) : (
          <SecretSelect
            label="Token"
            description="Name of the secret that holds it."
            value={draft.token_secret}
            onChange={(token_secret) => change({ token_secret })}
          />
        )}
        <TextInput
          label="Tenant"
          description="Sent along with each question."
          value={draft.tenant}
          onChange={(event) => change({ tenant: event.currentTarget.value })}
        />
      </div>
      {refusal !== null && <FailureNotice failure={shownFailure(refusal)} what="The driver was not saved." />}
      <div className={styles.buttons}>
        <Button type="submit" disabled={draft.agent.trim() === ''}>
          Save
        </Button>
        <Button variant="default" onClick={props.onDismiss}>
          Discard
        </Button>
      </div>
    </form>
  );
}
