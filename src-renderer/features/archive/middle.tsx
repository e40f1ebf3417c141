import type { ReactNode } from 'react';
import styles from './archive.module.css';

/** A long key or id that loses its middle and not its end; whole on hover. */
export function Middle(props: { readonly text: string; readonly end?: number }): ReactNode {
  const { text, end = 8 } = props;
  if (text.length <= end * 2) return <span className="figure">{text}</span>;
  return (
    <span className={`figure ${styles.middle}`} title={text}>
      <span className={styles.middleStart}>{text.slice(0, -end)}</span>
      <span className={styles.middleEnd}>{text.slice(-end)}</span>
    </span>
  );
}
