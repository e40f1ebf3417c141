import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '#renderer/styles/tokens.css';
import { buildTrace } from '#shared/model/trace-build.ts';
import type { TraceColumns } from '#shared/model/trace-columns.ts';
import { diffTraces } from '#shared/model/trace-diff.ts';
import { draw } from '../testing.ts';
import { DiffSteps } from './diff-steps.ts';
import { StepGrid } from './step-grid.tsx';
import type { StepView } from './step-view.ts';

let root: Root;
let host: HTMLElement;
let view: StepView;
let opened: (readonly [number, boolean | null])[];

async function show(a: TraceColumns, b: TraceColumns): Promise<HTMLElement> {
  const steps = new DiffSteps(a, b, diffTraces(a, b));
  root.render(
    <StepGrid
      steps={steps}
      order="tree"
      label="Diff"
      share={0.4}
      onShare={() => {}}
      onOpen={(row, lower) => opened.push([row, lower])}
      onCopy={() => {}}
      tooltip={(row) => steps.text(row).spoken}
      legend={null}
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
const press = async (keys: string): Promise<void> => {
  await userEvent.keyboard(keys);
  await painted();
};
const active = (grid: HTMLElement): HTMLElement => {
  const row = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
  if (row === null || row.hidden) throw new Error('The active row is not there.');
  return row;
};
const nameOf = (row: HTMLElement): string => row.querySelector('.wf-text')?.textContent ?? '';

beforeEach(async () => {
  await page.viewport(1024, 500);
  opened = [];
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});

const a = draw(`
job      |--------------|
  ask     |----------|
    call   |------|
  stop                |-|`);
const b = draw(`
job      |--------------------|
  ask     |----------------|
    call   |------------|
  stop                      |-|`);

describe('a grid of steps', () => {
  it('walks, closes and opens its tree, and says level and place', async () => {
    const grid = await show(a, b);
    expect(grid.getAttribute('aria-rowcount')).toBe('5');
    await press('jj');
    expect(nameOf(active(grid))).toBe('call');
    expect(active(grid).getAttribute('aria-level')).toBe('3');
    await press('{ArrowLeft}{ArrowLeft}');
    expect(nameOf(active(grid))).toBe('ask');
    expect(active(grid).getAttribute('aria-expanded')).toBe('false');
    expect(grid.getAttribute('aria-rowcount')).toBe('4');
    await press(']');
    expect(nameOf(active(grid))).toBe('stop');
    await press('[[');
    expect(nameOf(active(grid))).toBe('ask');
    await press('{Home}');
    const { ranked } = view.model.steps;
    expect(view.rankOf[ranked[0] as number]).toBe(0);
    await press('E'.repeat(4));
    expect(nameOf(active(grid))).toBe('call');
    expect(grid.getAttribute('aria-rowcount')).toBe('5');
  });

  it('zooms to a step and back', async () => {
    await show(a, b);
    await press('jjF');
    expect(view.zoomed).toBe(true);
    expect(view.range.endUs).toBeLessThan(view.model.extent().endUs);
    await press('f');
    expect(view.zoomed).toBe(false);
  });

  it('opens a above and b below where the bars are clicked, and lets the caller choose by key', async () => {
    await show(a, b);
    const bars = page.elementLocator(view.elements.bars);
    await bars.click({ position: { x: 60, y: 22 + 6 } });
    await bars.click({ position: { x: 60, y: 22 + 16 } });
    await press('{Enter}');
    expect(opened).toEqual([
      [1, false],
      [1, true],
      [1, null],
    ]);
  });

  it('keeps a row’s worth of elements and its speed over 100,000 steps', async () => {
    const many = (every: number): TraceColumns =>
      buildTrace(
        Array.from({ length: 100_000 }, (_, i) => ({
          span_id: (i + 1).toString(16).padStart(16, '0'),
          parent_span_id: i === 0 ? null : (1 + Math.floor((i - 1) / 100)).toString(16).padStart(16, '0'),
          name: `step.${i % 40}`,
          start_us: 1e15 + i * 10,
          duration_us: 1e6 - i * 5 + (i % every === 0 ? 400 : 0),
          event_id: i,
          flags: 0,
          label: '',
          call: null,
        })),
      );
    const grid = await show(many(7), many(11));
    expect(view.model.rows.length).toBeGreaterThanOrEqual(100_000);
    await press('{End}');
    expect(active(grid).getAttribute('aria-rowindex')).toBe(String(view.model.rows.length + 1));
    expect(host.querySelectorAll('[data-row]').length).toBeLessThan(40);
    const frames: number[] = [];
    for (let i = 0; i < 20; i++) {
      view.scrollBy(-5000);
      const started = performance.now();
      await new Promise((resolve) => requestAnimationFrame(resolve));
      frames.push(performance.now() - started);
    }
    expect(frames.sort((x, y) => x - y)[10]).toBeLessThan(60);
  });
});
