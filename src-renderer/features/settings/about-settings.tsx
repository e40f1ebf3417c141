import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import styles from './settings.module.css';

export function AppearanceSettings(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label="Appearance"
      data={[
        { value: 'auto', label: 'As the system' },
        { value: 'dark', label: 'Dark' },
        { value: 'light', label: 'Light' },
      ]}
      value={colorScheme}
      onChange={(value) => setColorScheme(value === 'dark' || value === 'light' ? value : 'auto')}
    />
  );
}

/** Where everything lives, and what runs here. */
export function AboutSettings(): ReactNode {
  const { orpc } = useApi();
  const info = useQuery(orpc.app.info.queryOptions({ staleTime: Infinity }));
  if (info.data === undefined) return null;
  const { data } = info;
  const facts: readonly (readonly [string, string])[] = [
    ['Data directory', data.data_dir],
    ['Version', data.version],
    ['Host', data.host_kind],
    ['Platform', data.platform],
    ['Node', data.node],
    ['Keychain', data.keychain.available ? 'available' : (data.keychain.reason ?? 'not available')],
  ];
  return (
    <>
      <p className="dim">
        Everything Runescope keeps is in the data directory: the job store (one SQLite file), the archive
        folder and these settings. It contacts no host but those you configure and, while live prices are on,
        the public price lists of the clouds you use.
      </p>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{value}</dd>
          </div>
        ))}
      </dl>
      <CopyButton text={facts.map((fact) => fact.join(': ')).join('\n')} label="Copy these facts">
        Copy all
      </CopyButton>
    </>
  );
}
