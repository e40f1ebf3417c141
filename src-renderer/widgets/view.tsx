import { createContext, type ReactNode, useContext } from 'react';
import styles from './view.module.css';

/** What the frame puts into every view's header: the source before the title, the key sheet's button after it. */
export interface FrameSlots {
  readonly lead: ReactNode;
  readonly trail: ReactNode;
  /** Below the header: the connection, the source's notes. */
  readonly banners: ReactNode;
}
export const FrameSlotsContext = createContext<FrameSlots>({ lead: null, trail: null, banners: null });

/** A view: its header (title, one-line filter bar, actions) and a body that scrolls inside, never the page. */
export function View(props: {
  readonly title: ReactNode;
  readonly filter?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const { lead, trail, banners } = useContext(FrameSlotsContext);
  return (
    <>
      <header className={styles.header}>
        {lead}
        <div className={styles.title}>{props.title}</div>
        <div className={styles.filter}>{props.filter}</div>
        <div className={styles.actions}>
          {props.actions}
          {trail}
        </div>
      </header>
      {banners}
      <main className={styles.body}>{props.children}</main>
    </>
  );
}
