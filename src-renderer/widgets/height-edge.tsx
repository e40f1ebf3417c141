import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import styles from './height-edge.module.css';

/** The edge of a panel that is dragged by pointer or by arrow keys; a double click gives it its own height again. */
export function HeightEdge(props: {
  readonly label: string;
  readonly at: 'top' | 'bottom';
  readonly height: number;
  readonly limits: { readonly least: number; readonly most: number };
  readonly onHeight: (height: number) => void;
  readonly onReset: () => void;
}): ReactNode {
  const { at, height, limits } = props;
  const start = useRef({ y: 0, height });
  const down = at === 'bottom' ? 1 : -1;
  const resize = (next: number): void =>
    props.onHeight(Math.max(limits.least, Math.min(limits.most, Math.round(next))));
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      resize(start.current.height + down * (event.clientY - start.current.y));
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 16 : event.key === 'ArrowUp' ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    resize(height + down * step);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is not a rule
    <div
      className={styles.edge}
      data-at={at}
      role="separator"
      aria-orientation="horizontal"
      aria-label={props.label}
      aria-valuenow={height}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      tabIndex={0}
      onPointerDown={(event) => {
        start.current = { y: event.clientY, height };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={props.onReset}
      onKeyDown={onKeyDown}
    />
  );
}
