import { Button, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import type { Settings } from '#shared/contract/contract.ts';
import { FitModels } from './fit-models.tsx';
import { SavedNumber } from './saved-fields.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

/** As many as the settings take. */
const MOST_BLOCKED = 1000;

/** What is rented, for how long it may stay, what never is, and which models need what. */
export function OfferSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { offers } = settings;
  const save = (part: Partial<Settings['offers']>): void =>
    access.change({ ...settings, offers: { ...offers, ...part } });
  return (
    <>
      <p className="dim">
        GPUs that jobs rent by the hour. <a href={`#${paths.offers()}`}>Look at the offers</a>, or at{' '}
        <a href={`#${paths.offers('rentals')}`}>what is rented</a>.
      </p>
      <KeyHint />
      <div className={`${styles.fields} ${styles.level}`}>
        <SavedNumber
          label="Kept instances stay"
          description="After their job; then they are destroyed, by whoever owns this data directory then."
          value={offers.keep_hours}
          min={0.1}
          max={720}
          suffix=" h"
          decimals
          onSave={(keep_hours) => save({ keep_hours })}
        />
        <SavedNumber
          label="A machine may take"
          description="Until its model server answers; then it is destroyed, and another offer is tried."
          value={offers.boot_timeout}
          min={30}
          max={7200}
          suffix=" s"
          onSave={(boot_timeout) => save({ boot_timeout })}
        />
      </div>
      <h3>Never rented</h3>
      <div className={styles.fields}>
        <BlockedIds
          label="Hosts"
          description="Their numbers. Enter adds one."
          ids={offers.blocked_hosts}
          onSave={(blocked_hosts) => save({ blocked_hosts })}
        />
        <BlockedIds
          label="Machines"
          description="Of any host."
          ids={offers.blocked_machines}
          onSave={(blocked_machines) => save({ blocked_machines })}
        />
      </div>
      <p className="dim">
        <a href={`#${paths.offers('machines')}`}>What machines promised and delivered</a> has a button for
        each.
      </p>
      <h3>What models need</h3>
      <FitModels access={access} settings={settings} />
    </>
  );
}

/** Where the key of Vast.ai is looked for, and whether it is there. */
function KeyHint(): ReactNode {
  const { orpc } = useApi();
  const market = useQuery(orpc.offers.market.queryOptions({ staleTime: 5_000 })).data;
  if (market === undefined) return null;
  return market.has_key ? (
    <p className="dim">
      Offers are Vast.ai's: <code>VAST_API_KEY</code> is known.
    </p>
  ) : (
    <p>
      Offers are the demo market's, which sells nothing: no key of Vast.ai is known. Keep one as the secret{' '}
      <code>VAST_API_KEY</code> in <a href={`#${paths.settings('secrets')}`}>Secrets</a>, or set the
      environment variable of that name before the start.
    </p>
  );
}

/** Numbers as the market gives them; what is none is not taken. */
function BlockedIds(props: {
  readonly label: string;
  readonly description: string;
  readonly ids: readonly number[];
  readonly onSave: (ids: number[]) => void;
}): ReactNode {
  const { ids, onSave } = props;
  return (
    <div className={styles.blocked}>
      <TagsInput
        label={props.label}
        description={props.description}
        placeholder={ids.length === 0 ? 'None is blocked' : ''}
        maxTags={MOST_BLOCKED}
        clearable={false}
        splitChars={[',', ' ']}
        value={ids.map(String)}
        onChange={(typed) => {
          const next = [
            ...new Set(typed.filter((one) => /^\d{1,15}$/.test(one.trim())).map((one) => Number(one))),
          ];
          if (next.join() !== ids.join()) onSave(next);
        }}
      />
      {ids.length > 1 && (
        <Button variant="subtle" size="compact-xs" onClick={() => onSave([])}>
          Let all {ids.length} be rented again
        </Button>
      )}
    </div>
  );
}
