import { type ReactNode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { TraceStore } from '#renderer/job-view/trace-store.ts';
import { Waterfall } from '#renderer/job-view/waterfall.tsx';
import type { WaterfallView } from '#renderer/job-view/waterfall-view.ts';
import '#renderer/styles/tokens.css';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { openBareCanvas } from './bare-canvas.ts';
import { generateTrace, sampleJob } from './waterfall-data.ts';
import { type Frames, type Motion, measureFrames, nextPaint } from './waterfall-frames.ts';

/** What the bench and the browser test call in the page. */
export interface WaterfallPage {
  /** Fetches, decodes and shows a trace; milliseconds from now to its last painted bar on screen. */
  readonly open: (spans: number) => Promise<number>;
  readonly sample: (kind: 'job' | 'live' | number) => Promise<void>;
  readonly frames: (motion: Motion) => Promise<Frames>;
  readonly bare: (spans: number) => Promise<{ readonly paint: number; readonly zoom: Frames }>;
  readonly close: () => Promise<void>;
  readonly view: () => WaterfallView;
  store: TraceStore | null;
}

const root = createRoot(document.getElementById('root') as HTMLElement);
let view: WaterfallView | null = null;

const Page = ({ store }: { readonly store: TraceStore }): ReactNode => {
  const [selected, select] = useState<string | null>(null);
  return (
    <div className="page">
      <Waterfall
        trace={store}
        selectedSpanId={selected}
        onSelect={select}
        onView={(made) => {
          view = made;
        }}
      />
    </div>
  );
};

async function show(store: TraceStore): Promise<void> {
  page.store = store;
  view = null;
  root.render(<Page key={Math.random()} store={store} />);
  while (view === null || (view as WaterfallView).paintedAt === 0) await new Promise(requestAnimationFrame);
  await nextPaint();
}

const fetchTrace = async (spans: number): Promise<ArrayBuffer> =>
  (await fetch(`/trace/${spans}`)).arrayBuffer();

const page: WaterfallPage = {
  store: null,
  open: async (spans) => {
    const started = performance.now();
    await show(new TraceStore(decodeTrace(await fetchTrace(spans))));
    return performance.now() - started;
  },
  sample: (kind) =>
    show(
      new TraceStore(typeof kind === 'number' ? generateTrace(kind) : sampleJob({ open: kind === 'live' })),
    ),
  frames: (motion) => measureFrames(page.view(), motion),
  bare: async (spans) => openBareCanvas(decodeTrace(await fetchTrace(spans))),
  close: async () => {
    page.store = null;
    view = null;
    root.render(null);
    await nextPaint();
  },
  view: () => {
    if (view === null) throw new Error('No waterfall is open.');
    return view;
  },
};
(window as unknown as { waterfall: WaterfallPage }).waterfall = page;
