import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import type { Row } from './layout/rows.ts';

const REST_MS = 90;
const WIDTH_PX = 232;
const OFFSET_PX = 14;

interface Tip {
  readonly row: Row;
  readonly left: number;
  readonly top: number;
  readonly above: boolean;
}

/** What has rows to rest on. */
interface TipView {
  readonly elements: { readonly bars: HTMLElement; readonly scroller: HTMLElement };
  rowAt(y: number): Row | null;
}

/** Appears where the pointer rests on a bar; goes with the first scroll, press or leave. */
export const HoverTip = ({
  view,
  root,
  content,
}: {
  readonly view: TipView;
  readonly root: RefObject<HTMLElement | null>;
  readonly content: (row: Row) => ReactNode;
}): ReactNode => {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    const { bars, scroller } = view.elements;
    const stop = new AbortController();
    const options = { signal: stop.signal, passive: true };
    let timer: ReturnType<typeof setTimeout> | null = null;
    const hide = (): void => {
      if (timer !== null) clearTimeout(timer);
      setTip(null);
    };
    const rest = (event: PointerEvent): void => {
      if (timer !== null) clearTimeout(timer);
      if (event.buttons !== 0) {
        setTip(null);
        return;
      }
      const { clientX, clientY, offsetY } = event;
      timer = setTimeout(() => {
        const box = root.current?.getBoundingClientRect();
        const row = view.rowAt(offsetY);
        if (box === undefined || row === null) {
          setTip(null);
          return;
        }
        const left = clientX - box.left + OFFSET_PX;
        setTip({
          row,
          left: left + WIDTH_PX > box.width ? Math.max(0, left - WIDTH_PX - 2 * OFFSET_PX) : left,
          top: clientY - box.top,
          above: clientY - box.top > box.height / 2,
        });
      }, REST_MS);
    };
    bars.addEventListener('pointermove', rest, options);
    for (const type of ['pointerleave', 'pointerdown'] as const) bars.addEventListener(type, hide, options);
    scroller.addEventListener('scroll', hide, options);
    bars.addEventListener('wheel', hide, options);
    return () => {
      stop.abort();
      if (timer !== null) clearTimeout(timer);
    };
  }, [view, root]);
  if (tip === null) return null;
  return (
    <div
      className="wf-tip"
      role="tooltip"
      style={{
        left: tip.left,
        top: tip.above ? tip.top - OFFSET_PX : tip.top + OFFSET_PX,
        transform: tip.above ? 'translateY(-100%)' : undefined,
      }}
    >
      {content(tip.row)}
    </div>
  );
};
