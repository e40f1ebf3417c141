import type { ReactNode } from 'react';
import styles from './offers.module.css';

/** Unmistakable, and the same wherever an offer of the demo market is shown. */
export const DemoTag = (): ReactNode => (
  <span className={styles.demo} title="Of the market inside the app: nobody sells these, and nobody is paid">
    DEMO
  </span>
);
