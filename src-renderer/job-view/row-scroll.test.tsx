import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROW_HEIGHT } from './paint/bars.ts';
import { RowScroll } from './row-scroll.ts';

const HEIGHT = 220;
let parts: { readonly grid: HTMLElement; readonly scroller: HTMLElement; readonly spacer: HTMLElement };
let count: number;
let scroll: RowScroll;

beforeEach(() => {
  const grid = document.createElement('div');
  const scroller = document.createElement('div');
  const spacer = document.createElement('div');
  scroller.style.cssText = `height:${HEIGHT}px;overflow-y:scroll`;
  scroller.append(spacer);
  grid.append(scroller);
  document.body.append(grid);
  parts = { grid, scroller, spacer };
  count = 100;
  scroll = new RowScroll(
    parts,
    () => count,
    () => HEIGHT,
    () => {},
  );
  scroll.fit();
});
afterEach(() => {
  scroll.dispose();
  parts.grid.remove();
});
const scrolled = (): Promise<unknown> =>
  new Promise((resolve) => parts.scroller.addEventListener('scroll', resolve, { once: true }));

describe('the rows in sight', () => {
  it('move as little as brings a row into them', () => {
    scroll.show(9);
    expect(scroll.top).toBe(0);
    scroll.show(10);
    expect(scroll.top).toBe(ROW_HEIGHT);
    expect([scroll.indexAt(0), scroll.indexAt(HEIGHT - 1)]).toEqual([1, 10]);
    scroll.show(0);
    expect(scroll.top).toBe(0);
    expect(scroll.pageRows).toBe(9);
    expect(parts.grid.getAttribute('aria-rowcount')).toBe('101');
  });
  it('stay within the rows, and follow the scroll bar', async () => {
    scroll.by(1e9);
    expect(scroll.top).toBe(100 * ROW_HEIGHT - HEIGHT);
    const moved = scrolled();
    parts.scroller.scrollTop = 300;
    await moved;
    expect(scroll.top).toBe(300);
    scroll.by(-1e9);
    expect(scroll.top).toBe(0);
  });
  it('reach the last one of more than a browser lays out', async () => {
    count = 5_000_000;
    scroll.fit();
    const moved = scrolled();
    parts.scroller.scrollTop = 1e9;
    await moved;
    expect(scroll.indexAt(HEIGHT - 1)).toBe(count - 1);
    scroll.show(2_500_000);
    expect(scroll.indexAt(0)).toBe(2_500_000);
    expect(parts.scroller.scrollTop / parts.scroller.scrollHeight).toBeCloseTo(0.5, 2);
  });
});
