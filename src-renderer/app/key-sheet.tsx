import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useAllActions } from '#renderer/widgets/actions/use-actions.tsx';
import { KeyCaps } from '#renderer/widgets/keycaps.tsx';
import styles from './frame.module.css';

/** Every key that means something in this view. */
export function KeySheet(props: { readonly onClose: () => void }): ReactNode {
  const actions = useAllActions();
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    if (action.keys.length > 0) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  }
  return (
    <Modal opened onClose={props.onClose} title="Keys of this view" size={720}>
      <div className={styles.sheet}>
        {[...groups].map(([group, members]) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {members.map((action) => (
                <div key={action.id}>
                  <dt className={action.disabled === true ? 'faint' : ''}>{action.title}</dt>
                  <dd>
                    {action.keys.slice(0, 2).map((binding) => (
                      <KeyCaps key={binding} binding={binding} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
