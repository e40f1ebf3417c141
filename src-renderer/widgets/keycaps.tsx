import type { ReactNode } from 'react';
import { capsOf } from './actions/keys.ts';
import styles from './keycaps.module.css';

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** A binding as key caps: [Ctrl][K], or [G] then [J]. */
export function KeyCaps(props: { readonly binding: string }): ReactNode {
  const strokes = capsOf(props.binding, IS_MAC);
  return (
    <span className={styles.binding}>
      {strokes.map((caps, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the strokes of one binding never move
        <span key={at} className={styles.stroke}>
          {at > 0 && <span className="faint">then</span>}
          {caps.map((cap) => (
            <kbd key={cap} className={styles.cap}>
              {cap}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
