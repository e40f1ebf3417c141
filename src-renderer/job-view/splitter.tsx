import type { KeyboardEvent, PointerEvent, ReactNode, RefObject } from 'react';

const LEAST = 0.15;
const MOST = 0.75;
const clamp = (share: number): number => Math.min(MOST, Math.max(LEAST, share));

/** The movable edge between tree and bars. */
export const Splitter = ({
  share,
  root,
  onShare,
}: {
  readonly share: number;
  readonly root: RefObject<HTMLElement | null>;
  readonly onShare: (share: number) => void;
}): ReactNode => {
  const onPointerMove = (event: PointerEvent): void => {
    const box = root.current?.getBoundingClientRect();
    if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onShare(clamp((event.clientX - box.left) / box.width));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? -0.02 : event.key === 'ArrowRight' ? 0.02 : 0;
    if (step === 0) return;
    event.preventDefault();
    onShare(clamp(share + step));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator is a widget, <hr> is not
    <div
      className="wf-splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the span tree"
      aria-valuemin={LEAST * 100}
      aria-valuemax={MOST * 100}
      aria-valuenow={Math.round(share * 100)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onDoubleClick={() => onShare(0.38)}
      onKeyDown={onKeyDown}
    />
  );
};
