import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '#renderer/styles/tokens.css';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { SPAN_ERROR, type TraceColumns } from '#shared/model/trace-columns.ts';
import { TraceStore } from './trace-store.ts';
import type { WaterfallViewState } from './view-state.ts';
import { Waterfall } from './waterfall.tsx';
import type { WaterfallView } from './waterfall-view.ts';

const T0 = 1_700_000_000_000_000;
const id = (n: number): string => n.toString(16).padStart(16, '0');
const span = (
  n: number,
  parent: number | null,
  name: string,
  startMs: number,
  ms: number,
  flags = 0,
): TraceSpan => ({
  span_id: id(n),
  parent_span_id: parent === null ? null : id(parent),
  name,
  start_us: T0 + startMs * 1000,
  duration_us: ms * 1000,
  event_id: n,
  flags,
  label: n === 3 ? 'stdio' : '',
  call: null,
});
const small = (): TraceColumns =>
  buildTrace([
    span(1, null, 'job.execute', 0, 1000),
    span(2, 1, 'agent.ask', 0, 900),
    span(3, 2, 'driver.call', 0, 500),
    span(4, 2, 'backend.chat', 500, 400, SPAN_ERROR),
    span(5, 1, 'provider.teardown', 900, 100),
  ]);
/** A root and 600 children of a millisecond, one after another. */
const long = (): TraceColumns =>
  buildTrace([
    span(1, null, 'job.execute', 100, 600),
    ...Array.from({ length: 600 }, (_, i) => span(i + 2, 1, `step.${i}`, 100 + i, 1)),
  ]);

let root: Root;
let host: HTMLElement;
let view: WaterfallView;
const onSelect = vi.fn<(id: string | null) => void>();
const onState = vi.fn<(state: WaterfallViewState) => void>();

async function show(store: TraceStore, selected: string | null = null): Promise<HTMLElement> {
  root.render(
    <Waterfall
      trace={store}
      selectedSpanId={selected}
      onSelect={onSelect}
      onViewStateChange={onState}
      live={false}
      onView={(made) => {
        view = made;
      }}
    />,
  );
  await painted();
  const grid = host.querySelector<HTMLElement>('[role="treegrid"]');
  if (grid === null) throw new Error('There is no treegrid.');
  grid.focus();
  return grid;
}
async function painted(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}
/** The row a screen reader stands on, as its name and its ARIA. */
function active(grid: HTMLElement): { name: string; level: string | null; row: HTMLElement } {
  const row = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
  if (row === null || row.hidden) throw new Error('The active row is not there.');
  return {
    name: row.querySelector('.wf-text')?.textContent ?? '',
    level: row.getAttribute('aria-level'),
    row,
  };
}
const press = async (keys: string): Promise<void> => {
  await userEvent.keyboard(keys);
  await painted();
};

beforeEach(async () => {
  await page.viewport(1024, 500);
  onSelect.mockClear();
  onState.mockClear();
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});

it('a trace that is read anew keeps the layers of its names, whatever their order', async () => {
  const store = new TraceStore(
    buildTrace([
      span(1, null, 'job.execute', 0, 9),
      span(2, 1, 'agent.ask', 0, 5),
      span(3, 1, 'driver.call', 5, 4),
    ]),
  );
  const grid = await show(store);
  const layers = (): readonly (string | undefined)[] =>
    [...grid.querySelectorAll<HTMLElement>('[role="row"][data-row]')]
      .filter((row) => !row.hidden)
      .sort((a, b) => Number(a.dataset.row) - Number(b.dataset.row))
      .map((row) => /wf-layer-(\w+)/.exec(row.className)?.[1]);
  expect(layers()).toEqual(['job', 'agent', 'driver']);
  store.replace(
    buildTrace([
      span(1, null, 'job.execute', 0, 9),
      span(3, 1, 'driver.call', 0, 4),
      span(2, 1, 'agent.ask', 4, 5),
    ]),
  );
  await painted();
  expect(layers()).toEqual(['job', 'driver', 'agent']);
});

describe('the waterfall by keyboard', () => {
  it('is a treegrid whose rows say their level, place, state and figures', async () => {
    const grid = await show(new TraceStore(small()));
    expect(grid.getAttribute('aria-rowcount')).toBe('6');
    const rows = [...grid.querySelectorAll<HTMLElement>('[role="row"][data-row]')].filter(
      (row) => !row.hidden,
    );
    const call = rows.find((row) => row.textContent?.includes('driver.call'));
    expect(rows).toHaveLength(5);
    expect(call?.getAttribute('aria-level')).toBe('3');
    expect(call?.getAttribute('aria-posinset')).toBe('1');
    expect(call?.getAttribute('aria-setsize')).toBe('2');
    expect(call?.getAttribute('aria-rowindex')).toBe('4');
    expect(call?.hasAttribute('aria-expanded')).toBe(false);
    expect(call?.textContent).toMatch(/stdio.*500 ms.*50\.0 % of the trace/);
    expect(rows.find((row) => row.textContent?.includes('backend.chat'))?.textContent).toContain('error');
  });

  it('walks, closes and opens the tree', async () => {
    const grid = await show(new TraceStore(small()));
    await press('{ArrowDown}j');
    expect(active(grid)).toMatchObject({ name: 'driver.call', level: '3' });
    await press('{ArrowLeft}{ArrowLeft}');
    expect(active(grid).name).toBe('agent.ask');
    expect(active(grid).row.getAttribute('aria-expanded')).toBe('false');
    expect(grid.getAttribute('aria-rowcount')).toBe('4');
    await press('{ArrowDown}');
    expect(active(grid).name).toBe('provider.teardown');
    await press('{[}{ArrowRight}{ArrowRight}');
    expect(active(grid).name).toBe('driver.call');
    await press('{End}');
    expect(active(grid).name).toBe('provider.teardown');
    await press('e');
    expect(active(grid).name).toBe('backend.chat');
  });

  it('selects with Enter, and nothing with Escape', async () => {
    const grid = await show(new TraceStore(small()));
    await press('{ArrowDown}{Enter}');
    expect(onSelect).toHaveBeenLastCalledWith(id(2));
    expect(active(grid).row.getAttribute('aria-selected')).toBe('true');
    await press('{Escape}');
    expect(onSelect).toHaveBeenLastCalledWith(null);
    expect(active(grid).row.getAttribute('aria-selected')).toBe('false');
  });

  it('searches with count and next, and gives the focus back', async () => {
    const grid = await show(new TraceStore(small()));
    await press('/');
    expect(document.activeElement?.getAttribute('type')).toBe('search');
    await press('call');
    expect(host.querySelector('output')?.textContent).toBe('– of 1');
    await press('{Enter}');
    expect(host.querySelector('output')?.textContent).toBe('1 of 1');
    await press('{Escape}');
    expect(document.activeElement).toBe(grid);
    expect(active(grid).name).toBe('driver.call');
    await vi.waitFor(() => expect(onState.mock.lastCall?.[0].query).toBe('call'));
  });

  it('zooms at the cursor, pans, fits, and says so to whoever keeps the link', async () => {
    await show(new TraceStore(small()));
    await press('{End}wwd');
    const { range } = view;
    expect(range.endUs - range.startUs).toBeCloseTo(1e6 / 2.25, -2);
    await vi.waitFor(() => expect(onState.mock.lastCall?.[0].range).toEqual(range));
    await press('f');
    await vi.waitFor(() => expect(onState.mock.lastCall?.[0].range).toBeNull());
    expect(view.range).toEqual({ startUs: 0, endUs: 1e6 });
  });

  it('leaves what it does not know to the app', async () => {
    const grid = await show(new TraceStore(small()));
    const seen: string[] = [];
    const listen = (event: KeyboardEvent): number => seen.push(event.key);
    document.addEventListener('keydown', listen);
    await press('j?g');
    document.removeEventListener('keydown', listen);
    expect(seen).toEqual(['?', 'g']);
    expect(active(grid).name).toBe('agent.ask');
  });
});

describe('the waterfall on screen', () => {
  it('keeps only rows in sight, and the active one wherever it is', async () => {
    const grid = await show(new TraceStore(long()));
    await press('{End}');
    expect(active(grid).name).toBe('step.599');
    view.elements.scroller.scrollTop = 0;
    await vi.waitFor(() => expect(host.querySelector('[aria-rowindex="2"]:not([hidden])')).not.toBeNull());
    expect(active(grid).name).toBe('step.599');
    expect(grid.querySelectorAll('[data-row]').length).toBeLessThan(40);
  });

  it('shows a linked span with what hides it opened', async () => {
    const grid = await show(new TraceStore(long()), id(400));
    expect(active(grid).name).toBe('step.398');
    expect(view.topOf(399)).toBeGreaterThanOrEqual(0);
    expect(view.topOf(399)).toBeLessThan(view.bars.height);
  });

  it('does not move what is looked at when spans come in above', async () => {
    const store = new TraceStore(long(), () => {});
    await show(store);
    view.elements.scroller.scrollTop = 6600;
    await painted();
    const before = view.topOf(300);
    store.apply(
      Array.from({ length: 50 }, (_, i) => ({
        ...span(5000 + i, 1, 'cost.estimate', 100, 1),
        job_id: null,
        duration_ms: 1,
      })),
    );
    store.flush();
    await painted();
    expect(view.model.trace.names[view.model.trace.name[350] ?? 0]).toBe('step.299');
    expect(view.topOf(350)).toBe(before);
  });

  it('paints bars where the spans are, in the hue of their layer', async () => {
    await show(new TraceStore(small()));
    const { context, canvas, width } = view.bars;
    const ratio = canvas.width / width;
    const pixel = (share: number, row: number): string =>
      [...context.getImageData(width * share * ratio, (row * 22 + 11) * ratio, 1, 1).data.slice(0, 3)].join();
    expect(pixel(0.25, 2)).toBe('86,180,233');
    expect(pixel(0.75, 2)).not.toBe('86,180,233');
    expect(pixel(0.95, 4)).toBe('230,159,0');
  });
});
