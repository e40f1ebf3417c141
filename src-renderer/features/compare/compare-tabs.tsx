import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import styles from './compare.module.css';

/** The two parts of the view. */
export function CompareTabs(props: { readonly current: 'groups' | 'metrics' }): ReactNode {
  const tab = (id: 'groups' | 'metrics', title: string, to: string): ReactNode => (
    <a className={styles.viewTab} href={`#${to}`} aria-current={props.current === id ? 'page' : undefined}>
      {title}
    </a>
  );
  return (
    <>
      <h1>Compare</h1>
      <nav className={styles.viewTabs} aria-label="Parts of Compare">
        {tab('groups', 'Groups', paths.compare())}
        {tab('metrics', 'Metrics', paths.explore())}
      </nav>
    </>
  );
}
