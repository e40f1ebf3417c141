import type { ReactNode } from 'react';
import styles from './chart.module.css';
import { styleAt } from './series.ts';

export interface Part {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}
const BAR = 14;
const GAP = 1;

/** What a whole is made of: one bar, its parts named and measured below it. */
export function PartsBar(props: {
  readonly parts: readonly Part[];
  readonly label: string;
  readonly width: number;
}): ReactNode {
  const { parts, width } = props;
  const all = parts.reduce((sum, { value }) => sum + Math.max(0, value), 0);
  let x = 0;
  return (
    <figure className={styles.parts} aria-label={props.label}>
      <svg data-plot="parts" width={width} height={BAR} aria-hidden="true">
        {parts.map(({ name, value }, at) => {
          const wide = all > 0 ? (Math.max(0, value) / all) * width : 0;
          const from = x;
          x += wide;
          return (
            <rect
              key={name}
              x={from}
              width={Math.max(0, wide - GAP)}
              height={BAR}
              fill={styleAt(at).colour}
            />
          );
        })}
      </svg>
      <dl>
        {parts.map(({ name, text }, at) => (
          <div key={name}>
            <dt>
              <span className={styles.swatch} style={{ background: styleAt(at).colour }} />
              {name}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
