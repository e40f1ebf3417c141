import { Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { navigate } from '#renderer/client/hash-location.ts';
import { paths } from '#renderer/client/routes.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import styles from './archive.module.css';

const KINDS: { readonly [K in ArchiveTargetInfo['kind']]: string } = {
  folder: 'folder',
  s3: 'S3',
  missing: 'gone',
};

/** Which archive is shown: the local folder and the buckets. */
export function TargetPicker(props: {
  readonly targets: readonly ArchiveTargetInfo[];
  readonly current: ArchiveTargetInfo;
}): ReactNode {
  const { current } = props;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button
          type="button"
          className={styles.picker}
          title={current.place}
          aria-label={`Archive: ${current.title}, ${current.place}`}
        >
          <span>{current.title}</span>
          <span className={styles.tag}>{KINDS[current.kind]}</span>
          <span aria-hidden="true">▾</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {props.targets.map((one) => (
          <Menu.Item
            key={one.target}
            onClick={() => navigate(paths.archive(one.target))}
            aria-current={one.target === current.target}
            rightSection={one.target === current.target ? '✓' : null}
          >
            <span className={styles.target}>
              <span>
                {one.title} <span className={styles.tag}>{KINDS[one.kind]}</span>
              </span>
              <span className="faint" title={one.place}>
                {one.place}
              </span>
              <span className="faint">{factsOf(one)}</span>
            </span>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href={`#${paths.archiveReports()}`}>
          Verification reports
        </Menu.Item>
        <Menu.Item component="a" href={`#${paths.archiveJournal()}`}>
          Journal: what was opened when
        </Menu.Item>
        <Menu.Item component="a" href={`#${paths.settings('archive')}`}>
          Add or change archives…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function factsOf(target: ArchiveTargetInfo): string {
  return [
    target.kind === 'missing' ? 'no longer configured' : null,
    target.kind === 'missing' ? null : target.delivers ? 'results are delivered here' : 'read only',
    target.pending > 0 ? `${formatCount(target.pending)} waiting` : null,
    target.down === null ? null : `failing: ${target.down.failure.code}`,
  ]
    .filter((fact) => fact !== null)
    .join(' · ');
}
