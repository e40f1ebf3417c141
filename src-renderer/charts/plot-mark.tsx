import type { ReactNode } from 'react';
import styles from './chart.module.css';

/** Marks of an SVG that are one thing: with its words for who does not see it, and a button where it leads somewhere. */
export function PlotMark(props: {
  readonly words: string;
  readonly onOpen?: (() => void) | undefined;
  readonly row?: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  const { words, onOpen } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what leads nowhere is a picture, and does nothing
    <g
      className={styles.row}
      data-link={onOpen !== undefined}
      data-row={props.row}
      role={onOpen === undefined ? 'img' : 'button'}
      tabIndex={onOpen === undefined ? undefined : 0}
      aria-label={words}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (onOpen === undefined || (event.key !== 'Enter' && event.key !== ' ')) return;
        event.preventDefault();
        onOpen();
      }}
    >
      <title>{words}</title>
      {props.children}
    </g>
  );
}
