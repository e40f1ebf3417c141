import type { ReactNode } from 'react';
import type { LogLevel } from '#shared/model/logs.ts';
import styles from './logs.module.css';

const SIGNS: { readonly [L in LogLevel]: string } = { debug: '·', info: '•', warn: '▲', error: '✕' };

/** A level as sign, word and colour. */
export const LevelMark = (props: { readonly level: LogLevel }): ReactNode => (
  <span className={styles.level} data-level={props.level}>
    <span aria-hidden="true" className={styles.sign}>
      {SIGNS[props.level]}
    </span>
    {props.level}
  </span>
);
