import { Modal } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { searchActions } from '#renderer/widgets/actions/registry.ts';
import { useAllActions } from '#renderer/widgets/actions/use-actions.tsx';
import { KeyCaps } from '#renderer/widgets/keycaps.tsx';
import styles from './frame.module.css';

/** Everything that can be done here, found by typing. */
export function Palette(props: { readonly onClose: () => void }): ReactNode {
  const actions = useAllActions();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = searchActions(actions, query).filter((action) => action.disabled !== true);
  const current = Math.min(at, found.length - 1);

  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  function run(index: number): void {
    const action = found[index];
    props.onClose();
    // After the dialog gave the focus back, so that an action may move it.
    if (action !== undefined) setTimeout(() => action.run?.());
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) setAt((current + step + found.length) % found.length);
    else if (event.key === 'Enter') run(current);
    else return;
    event.preventDefault();
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      withCloseButton={false}
      size={560}
      yOffset="12vh"
      padding={0}
      aria-label="Command palette"
    >
      <input
        className={styles.paletteInput}
        // biome-ignore lint/a11y/noAutofocus: a palette is opened to type into it
        autoFocus
        data-autofocus
        value={query}
        placeholder="What do you want to do?"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${current}`}
        aria-label="Search actions"
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label="Actions" className={styles.paletteList}>
        {found.map((action, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus
          <div
            key={action.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === current}
            className={styles.paletteItem}
            onMouseMove={() => setAt(index)}
            onClick={() => run(index)}
          >
            <span className={styles.paletteGroup}>{action.group}</span>
            <span className={styles.paletteTitle}>{action.title}</span>
            {action.keys[0] !== undefined && <KeyCaps binding={action.keys[0]} />}
          </div>
        ))}
        {found.length === 0 && <div className={styles.paletteItem}>Nothing by this name</div>}
      </div>
    </Modal>
  );
}
