import type { WaterfallView } from '#renderer/job-view/waterfall-view.ts';

export type Motion = 'scroll' | 'zoom' | 'pan';
export interface Frames {
  readonly p50: number;
  readonly p95: number;
}

const FRAMES = 150;

/** After the next frame has been handed to the compositor. */
export const nextPaint = (): Promise<void> =>
  new Promise((resolve) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    }),
  );

/** Times between frames while `step` moves the picture in each of them. */
export async function timeFrames(step: (frame: number) => void): Promise<Frames> {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    let before = 0;
    let frame = 0;
    const tick = (now: number): void => {
      if (before > 0) times.push(now - before);
      before = now;
      if (frame++ === FRAMES) {
        resolve();
        return;
      }
      step(frame);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

/** The events a hand would cause, one a frame, on the real elements. */
export async function measureFrames(view: WaterfallView, motion: Motion): Promise<Frames> {
  const { bars, scroller } = view.elements;
  const box = bars.getBoundingClientRect();
  const at = {
    clientX: box.left + box.width * 0.4,
    clientY: box.top + box.height / 2,
    bubbles: true,
    cancelable: true,
  };
  const wheel = (deltaX: number, deltaY: number, ctrlKey: boolean): void => {
    bars.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX, deltaY, ctrlKey }));
  };
  switch (motion) {
    case 'scroll': {
      scroller.scrollTop = 0;
      await nextPaint();
      // From a slow wheel to a fling of a thousand rows a frame.
      return timeFrames((frame) => {
        scroller.scrollTop += frame < 100 ? 70 : 22_000;
      });
    }
    case 'zoom':
      view.setRange(null);
      await nextPaint();
      return timeFrames((frame) => wheel(0, frame % 60 < 30 ? -60 : 60, true));
    case 'pan':
      view.setRange(null);
      for (let i = 0; i < 10; i++) wheel(0, -100, true);
      await nextPaint();
      return timeFrames((frame) => wheel(frame % 60 < 30 ? 25 : -25, 0, false));
  }
}
