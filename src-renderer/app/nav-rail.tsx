import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { compareFrom, paths, sourceOfPath } from '#renderer/client/routes.ts';
import { archivedParts } from '#shared/model/source.ts';
import styles from './frame.module.css';
import {
  ArchiveIcon,
  BrandIcon,
  CompareIcon,
  CostsIcon,
  JobsIcon,
  LogsIcon,
  OffersIcon,
  SettingsIcon,
} from './icons.tsx';

/** The views that there are. */
export function NavRail(): ReactNode {
  const [path] = useLocation();
  const link = (title: string, to: string, current: boolean, keys: string, icon: ReactNode): ReactNode => (
    <a
      className={styles.navLink}
      href={`#${to}`}
      aria-current={current ? 'page' : undefined}
      title={`${title}  ${keys}`}
    >
      {icon}
      {title}
    </a>
  );
  const inSettings = path.startsWith('/settings');
  const inCompare = /^\/(compare|diff|bands)(\/|$)/.test(path);
  const inCosts = path.startsWith('/costs');
  const inOffers = path.startsWith('/offers');
  const inLogs = path.startsWith('/logs');
  const inArchive = path.startsWith('/archive') || archivedParts(sourceOfPath(path)) !== null;
  return (
    <nav className={styles.nav} aria-label="Views">
      <span className={styles.brand} title="Runescope">
        <BrandIcon />
      </span>
      {link(
        'Jobs',
        paths.jobs(),
        !inSettings && !inArchive && !inCompare && !inCosts && !inOffers && !inLogs,
        'g j',
        <JobsIcon />,
      )}
      {link('Compare', compareFrom(path), inCompare, 'g c', <CompareIcon />)}
      {link('Costs', paths.costs(), inCosts, 'g d', <CostsIcon />)}
      {link('Offers', paths.offers(), inOffers, 'g o', <OffersIcon />)}
      {link('Archive', paths.archive(), inArchive, 'g a', <ArchiveIcon />)}
      {link('Logs', paths.logs(), inLogs, 'g l', <LogsIcon />)}
      <span className={styles.spring} />
      {link('Settings', paths.settings(), inSettings, 'g s', <SettingsIcon />)}
    </nav>
  );
}
