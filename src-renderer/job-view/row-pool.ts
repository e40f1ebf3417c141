import { ROW_HEIGHT } from './paint/bars.ts';

/** The parts of a row's element: its name with what stands beside it, a figure, and what is only spoken. */
export interface RowLabel {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly twisty: HTMLElement;
  readonly text: Text;
  readonly detail: Text;
  readonly mark: Text;
  readonly figureCell: HTMLElement;
  readonly figure: Text;
  readonly spoken: Text;
}

interface Placed<L> {
  readonly label: L;
  at: number;
  stamp: string;
}

/** What is to be seen of how many rows, in pixels and rows from the top. */
export interface Sight {
  readonly top: number;
  readonly height: number;
  readonly count: number;
  /** -1 without rows. */
  readonly cursorAt: number;
}

/**
 * Elements of the rows in sight, and of the cursor's, which aria-activedescendant must find; each serves row after row
 * as the reader scrolls, and is written anew only when its stamp is another one.
 */
export class RowPool<L extends RowLabel> {
  private readonly layer: HTMLElement;
  private readonly prefix: string;
  private readonly complete: (label: RowLabel) => L;
  private readonly pool: Placed<L>[] = [];
  private readonly cursor: Placed<L>;

  constructor(layer: HTMLElement, prefix: string, complete: (label: RowLabel) => L) {
    this.layer = layer;
    this.prefix = prefix;
    this.complete = complete;
    this.cursor = this.make('off');
  }

  /** Returns the id of the cursor's row element, '' without rows. */
  render(sight: Sight, stampOf: (at: number) => string, write: (label: L, at: number) => void): string {
    const { top, height, count, cursorAt } = sight;
    const first = Math.floor(top / ROW_HEIGHT);
    const last = Math.min(count, Math.ceil((top + height) / ROW_HEIGHT));
    const needed = Math.ceil(height / ROW_HEIGHT) + 1;
    while (this.pool.length < needed) this.pool.push(this.make(String(this.pool.length)));
    // Rows are placed from a base that moves seldom, so that a scrolled row keeps its own transform.
    const base = Math.floor(first / 10_000) * 10_000;
    this.layer.style.transform = `translateY(${base * ROW_HEIGHT - top}px)`;
    const place = (placed: Placed<L>, at: number): string => {
      const { element } = placed.label;
      const stamp = `${stampOf(at)}/${base}`;
      if (placed.at === at && placed.stamp === stamp) return element.id;
      if (placed.at === -1) element.hidden = false;
      placed.at = at;
      placed.stamp = stamp;
      element.style.transform = `translateY(${(at - base) * ROW_HEIGHT}px)`;
      element.setAttribute('aria-rowindex', String(at + 2));
      element.dataset.row = String(at);
      write(placed.label, at);
      return element.id;
    };
    let active = '';
    const used = new Set<Placed<L>>();
    for (let at = first; at < last; at++) {
      const placed = this.pool[at % this.pool.length] as Placed<L>;
      used.add(placed);
      const id = place(placed, at);
      if (at === cursorAt) active = id;
    }
    for (const placed of this.pool) if (!used.has(placed)) hide(placed);
    if (active === '' && cursorAt >= 0) return place(this.cursor, cursorAt);
    hide(this.cursor);
    return active;
  }

  private make(name: string): Placed<L> {
    const label = makeLabel(`${this.prefix}-${name}`);
    this.layer.append(label.element);
    return { label: this.complete(label), at: -1, stamp: '' };
  }
}

function hide<L extends RowLabel>(placed: Placed<L>): void {
  if (placed.at === -1) return;
  placed.at = -1;
  placed.label.element.hidden = true;
}

function makeLabel(id: string): RowLabel {
  const element = document.createElement('div');
  element.id = id;
  element.hidden = true;
  element.setAttribute('role', 'row');
  const cell = (role: string, className: string): HTMLElement => {
    const made = document.createElement('div');
    made.setAttribute('role', role);
    made.className = className;
    element.append(made);
    return made;
  };
  const inside = (parent: HTMLElement, className: string): Text => {
    const span = document.createElement('span');
    span.className = className;
    const text = document.createTextNode('');
    span.append(text);
    parent.append(span);
    return text;
  };
  const name = cell('rowheader', 'wf-name');
  const twisty = document.createElement('span');
  twisty.setAttribute('aria-hidden', 'true');
  name.append(twisty);
  const text = inside(name, 'wf-text');
  const detail = inside(name, 'wf-detail');
  const mark = inside(name, 'wf-mark');
  const figureCell = cell('gridcell', 'wf-duration');
  const figure = inside(figureCell, '');
  const spoken = inside(cell('gridcell', 'wf-spoken'), '');
  return { element, name, twisty, text, detail, mark, figureCell, figure, spoken };
}
