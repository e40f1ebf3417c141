import type { ReactNode } from 'react';
import styles from './view-tabs.module.css';

/** The parts of a view, each with its own address, beside its title. */
export function ViewTabs(props: {
  readonly title: string;
  readonly tabs: readonly { readonly title: string; readonly to: string; readonly current: boolean }[];
}): ReactNode {
  return (
    <>
      <h1>{props.title}</h1>
      <nav className={styles.tabs} aria-label={`Parts of ${props.title}`}>
        {props.tabs.map(({ title, to, current }) => (
          <a key={to} className={styles.tab} href={`#${to}`} aria-current={current ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
    </>
  );
}
