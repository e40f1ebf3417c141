import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { GridHead } from '../grid-head.tsx';
import { HoverTip } from '../hover-tip.tsx';
import { commandOf } from '../keys.ts';
import { attachBars } from '../pointer.ts';
import { Splitter } from '../splitter.tsx';
import { runStepCommand, type StepActions } from './step-commands.ts';
import type { StepModel, StepOrder } from './step-model.ts';
import { StepView } from './step-view.ts';
import '../waterfall.css';
import './steps.css';

interface Props {
  readonly steps: StepModel;
  readonly order: StepOrder;
  /** Said by screen readers. */
  readonly label: string;
  readonly share: number;
  readonly onShare: (share: number) => void;
  /** `lower`: the pointer was in the lower half of the row; null by keyboard and over the name. */
  readonly onOpen: (row: number, lower: boolean | null) => void;
  readonly onCopy: (row: number) => void;
  readonly tooltip: (row: number) => ReactNode;
  readonly legend: ReactNode;
  /** For tests: the drawing side, once it exists. */
  readonly onView?: (view: StepView) => void;
}

/** The waterfall's grid over the steps of several jobs: the same tree, axis, mouse and keys. */
export const StepGrid = (props: Props): ReactNode => {
  const { steps, order } = props;
  const prefix = useId();
  const root = useRef<HTMLElement>(null);
  const [view, setView] = useState<StepView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    const at = (name: string): HTMLElement => {
      const found = root.current?.querySelector<HTMLElement>(`[data-part="${name}"]`);
      if (found === null || found === undefined) throw new Error(`The grid has no part ${name}.`);
      return found;
    };
    const made = new StepView(
      {
        grid: at('grid'),
        scroller: at('scroller'),
        spacer: at('spacer'),
        labels: at('labels'),
        bars: at('bars') as HTMLCanvasElement,
        axis: at('axis') as HTMLCanvasElement,
      },
      steps,
      prefix,
    );
    made.setOrder(latest.current.order);
    let lower = false;
    const press = (event: PointerEvent): void => {
      lower = made.isLowerHalf(event.offsetY);
    };
    made.elements.bars.addEventListener('pointerdown', press);
    const stops = [
      attachBars(made, { select: (row) => latest.current.onOpen(row, lower) }),
      attachStepLabels(made, (row) => latest.current.onOpen(row, null)),
      () => made.elements.bars.removeEventListener('pointerdown', press),
    ];
    setView(made);
    latest.current.onView?.(made);
    return () => {
      for (const stop of stops) stop();
      made.dispose();
      made.elements.labels.replaceChildren();
    };
  }, [steps, prefix]);

  useLayoutEffect(() => view?.setOrder(order), [view, order]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const command = commandOf(event.nativeEvent);
    if (view === null || command === null) return;
    const actions: StepActions = { open: (row) => props.onOpen(row, null), copy: props.onCopy };
    if (!runStepCommand(view, command, actions)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const focused = (on: boolean): void => {
    if (view === null) return;
    view.focused = on;
    view.invalidate();
  };
  return (
    <section
      ref={root}
      className="wf st"
      aria-label={props.label}
      style={{ ['--wf-share' as string]: props.share }}
    >
      <div
        data-part="grid"
        className="wf-grid"
        role="treegrid"
        tabIndex={0}
        aria-label={`${props.label}: steps`}
        onKeyDown={onKeyDown}
        onFocus={() => focused(true)}
        onBlur={() => focused(false)}
      >
        <GridHead name="Step" figure={steps.figureTitle} />
        <div data-part="scroller" className="wf-scroller" role="presentation" tabIndex={-1}>
          <div data-part="spacer" className="wf-spacer" role="presentation">
            <div className="wf-stage" role="presentation">
              <div className="wf-tree">
                <div data-part="labels" className="wf-labels" role="presentation" />
              </div>
              <canvas data-part="bars" className="wf-bars" />
            </div>
          </div>
        </div>
        {view !== null && <HoverTip view={view} root={root} content={props.tooltip} />}
      </div>
      <Splitter share={props.share} root={root} onShare={props.onShare} />
      <div className="st-foot">{props.legend}</div>
    </section>
  );
};

/** The mouse over the tree: the twisty opens and closes, a click opens the step. */
function attachStepLabels(view: StepView, open: (row: number) => void): () => void {
  const { labels } = view.elements;
  const { model } = view;
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const rowOf = (target: EventTarget | null): number | null => {
    if (!(target instanceof Element)) return null;
    const at = target.closest<HTMLElement>('[data-row]')?.dataset.row;
    return at === undefined ? null : (model.rows[Number(at)] ?? null);
  };
  labels.addEventListener(
    'click',
    (event) => {
      const row = rowOf(event.target);
      if (row === null) return;
      model.cursor = row;
      const onTwisty = event.target instanceof Element && event.target.closest('.wf-twisty') !== null;
      if (onTwisty && model.hasChildren(row)) model.setClosed(row, !model.isClosed(row));
      else open(row);
      view.rowsChanged();
    },
    options,
  );
  labels.addEventListener('pointermove', (event) => view.setHover(rowOf(event.target), null), options);
  labels.addEventListener('pointerleave', () => view.setHover(null, null), options);
  return () => stop.abort();
}
