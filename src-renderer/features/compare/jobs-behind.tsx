import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { navigate } from '#renderer/client/hash-location.ts';
import styles from './compare.module.css';
import type { Drill } from './drill.ts';

/** Goes to the jobs behind a mark at once where there is one list of them that says nothing else. */
export function openDrill(drill: Drill): Drill | null {
  const only = drill.links.length === 1 && drill.wider === null ? drill.links[0] : undefined;
  if (only === undefined) return drill;
  navigate(only.to);
  return null;
}

/** Where the jobs behind a mark are: a list per source, and what the board cannot narrow to. */
export function JobsBehind(props: { readonly drill: Drill; readonly onClose: () => void }): ReactNode {
  return (
    <Modal opened onClose={props.onClose} title="The jobs behind it" size={440}>
      {props.drill.wider !== null && <p className="dim">{props.drill.wider}</p>}
      <ul className={styles.links}>
        {props.drill.links.map(({ title, to }) => (
          <li key={to}>
            <a href={`#${to}`}>Jobs of {title}</a>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
