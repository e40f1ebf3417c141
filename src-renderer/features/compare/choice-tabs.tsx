import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './compare.module.css';

/** One of several pictures of the same jobs: arrow keys go from tab to tab, and each names its panel. */
export function ChoiceTabs<T extends string>(props: {
  readonly label: string;
  readonly choices: readonly T[];
  readonly titles: Readonly<Record<T, string>>;
  readonly chosen: T;
  readonly onChoose: (choice: T) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { choices, chosen } = props;
  return (
    <Tabs
      unstyled
      className={styles.choice ?? ''}
      value={chosen}
      onChange={(value) => {
        const choice = choices.find((one) => one === value);
        if (choice !== undefined) props.onChoose(choice);
      }}
    >
      <Tabs.List className={styles.tabs ?? ''} aria-label={props.label}>
        {choices.map((choice) => (
          <Tabs.Tab key={choice} value={choice} className={styles.tab ?? ''}>
            {props.titles[choice]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={chosen} className={styles.chartRoom ?? ''}>
        {props.children}
      </Tabs.Panel>
    </Tabs>
  );
}
