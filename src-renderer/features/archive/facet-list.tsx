import type { ReactNode } from 'react';
import styles from './archive.module.css';
import { exactCount } from './truth-line.ts';

/** The values of one part of the key with how many results have each; any number of them chosen. */
export function FacetList(props: {
  readonly title: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly chosen: readonly string[];
  readonly onToggle: (value: string) => void;
}): ReactNode {
  const { title, values, chosen } = props;
  const missing = chosen.filter((value) => !values.some((one) => one.value === value));
  const all = [...missing.map((value) => ({ value, count: 0 })), ...values];
  return (
    <section className={styles.facet} aria-label={title}>
      <h3>
        {title} <span className="figure">{exactCount(values.length)}</span>
      </h3>
      <ul className={styles.facetValues}>
        {all.slice(0, 500).map((one) => (
          <li key={one.value}>
            <label title={one.value}>
              <input
                type="checkbox"
                checked={chosen.includes(one.value)}
                onChange={() => props.onToggle(one.value)}
              />
              <span className={styles.facetName}>{one.value}</span>
              <span className="figure dim">{exactCount(one.count)}</span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}
