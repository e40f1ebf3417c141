import { Tabs } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { z } from 'zod';
import { useStored } from '#renderer/widgets/stored.ts';
import styles from './job-page.module.css';
import { JOB_TABS, type JobTab } from './job-url.ts';

const WIDTH = { least: 260, initial: 360, most: 900 };
const TITLES: { readonly [T in JobTab]: string } = {
  span: 'Span',
  answer: 'Answer',
  request: 'Request',
  result: 'Result JSON',
  artifacts: 'Artifacts',
};

/** What stands beside the waterfall: tabs, as wide as the reader likes. */
export function Inspector(props: {
  readonly tab: JobTab;
  readonly counts: { readonly artifacts: number };
  readonly onTab: (tab: JobTab) => void;
  readonly pane: (tab: JobTab) => ReactNode;
}): ReactNode {
  const [width, setWidth] = useStored('inspector.width', z.number(), WIDTH.initial);
  const start = useRef({ x: 0, width });
  const resize = (next: number): void =>
    setWidth(Math.max(WIDTH.least, Math.min(WIDTH.most, Math.round(next))));
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      resize(start.current.width + start.current.x - event.clientX);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? 16 : event.key === 'ArrowRight' ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    resize(width + step);
  };
  return (
    <aside className={styles.inspector} style={{ width }} aria-label="Inspector">
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves is not a rule */}
      <div
        className={styles.edge}
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the inspector"
        aria-valuenow={width}
        aria-valuemin={WIDTH.least}
        aria-valuemax={WIDTH.most}
        tabIndex={0}
        onPointerDown={(event) => {
          start.current = { x: event.clientX, width };
          event.currentTarget.setPointerCapture(event.pointerId);
          event.preventDefault();
        }}
        onPointerMove={onPointerMove}
        onDoubleClick={() => setWidth(WIDTH.initial)}
        onKeyDown={onKeyDown}
      />
      <Tabs
        className={styles.tabs ?? ''}
        value={props.tab}
        onChange={(value) => props.onTab(JOB_TABS.find((one) => one === value) ?? 'span')}
      >
        <Tabs.List>
          {JOB_TABS.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {TITLES[tab]}
              {tab === 'artifacts' && props.counts.artifacts > 0 && (
                <span className="figure dim"> {props.counts.artifacts}</span>
              )}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {JOB_TABS.map((tab) => (
          <Tabs.Panel key={tab} value={tab} className={styles.panel ?? ''}>
            {props.pane(tab)}
          </Tabs.Panel>
        ))}
      </Tabs>
    </aside>
  );
}
