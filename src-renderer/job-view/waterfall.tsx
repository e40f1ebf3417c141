import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';
import { runCommand } from './commands.ts';
import { GridHead } from './grid-head.tsx';
import { HoverTip } from './hover-tip.tsx';
import { commandOf, type WaterfallCommand } from './keys.ts';
import { attachLabels } from './label-pointer.ts';
import { WaterfallLegend } from './legend.tsx';
import { reveal } from './navigate.ts';
import { attachBars, attachMinimap } from './pointer.ts';
import { Splitter } from './splitter.tsx';
import { WaterfallToolbar } from './toolbar.tsx';
import { RowTooltip } from './tooltip.tsx';
import { TraceStore } from './trace-store.ts';
import { DEFAULT_VIEW_STATE, sameViewState, type WaterfallViewState } from './view-state.ts';
import { WaterfallView } from './waterfall-view.ts';
import './waterfall.css';

const EMIT_AFTER_MS = 150;
const wallClock = (): EpochMicroseconds => Date.now() * 1000;

interface Props {
  /** Columns are taken over: a store changes them in place. */
  readonly trace: TraceStore | TraceColumns;
  readonly selectedSpanId: string | null;
  readonly onSelect: (spanId: string | null) => void;
  readonly viewState?: WaterfallViewState;
  readonly onViewStateChange?: (state: WaterfallViewState) => void;
  /** False when nothing more will come: an open span then ends with the last thing known, not now. */
  readonly live?: boolean;
  /** Said by screen readers. */
  readonly label?: string;
  /** For tests and benches: the drawing side, once it exists. */
  readonly onView?: (view: WaterfallView) => void;
}

/** The waterfall of one trace: tree, bars, minimap, search; everything by keyboard too. */
export const Waterfall = (props: Props): ReactNode => {
  const { trace, selectedSpanId, onSelect, viewState, onViewStateChange, live = true, onView } = props;
  const store = useMemo(() => (trace instanceof TraceStore ? trace : new TraceStore(trace)), [trace]);
  const prefix = useId();
  const root = useRef<HTMLElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [view, setView] = useState<WaterfallView | null>(null);
  const [state, setState] = useState(viewState ?? DEFAULT_VIEW_STATE);
  const latest = useRef({ live, onSelect, onViewStateChange, onView, state });
  latest.current = { live, onSelect, onViewStateChange, onView, state };
  const emitted = useRef(state);
  const selectedHere = useRef<string | null>(null);

  const select = useCallback((made: WaterfallView, span: number) => {
    const id = made.idOf(span);
    selectedHere.current = id;
    made.setSelected(id);
    latest.current.onSelect(id);
  }, []);

  useLayoutEffect(() => {
    const at = (name: string): HTMLElement => {
      const found = root.current?.querySelector<HTMLElement>(`[data-part="${name}"]`);
      if (found === null || found === undefined) throw new Error(`The waterfall has no part ${name}.`);
      return found;
    };
    const made = new WaterfallView(
      {
        grid: at('grid'),
        scroller: at('scroller'),
        spacer: at('spacer'),
        labels: at('labels'),
        bars: at('bars') as HTMLCanvasElement,
        axis: at('axis') as HTMLCanvasElement,
        minimap: at('minimap') as HTMLCanvasElement,
      },
      store,
      () => (latest.current.live ? wallClock() : null),
      prefix,
    );
    const { state: initial } = latest.current;
    made.setCriticalPath(initial.criticalPath);
    made.setQuery(initial.query);
    if (initial.range !== null) made.setRange(initial.range);
    if (!initial.follow && initial.range === null) made.setFollow(false);
    made.onWindow((range, follow) => setState((was) => ({ ...was, range, follow })));
    const chosen = (span: number): void => select(made, span);
    const stops = [
      attachBars(made, { select: chosen }),
      attachLabels(made, { select: chosen }),
      attachMinimap(made),
    ];
    setView(made);
    latest.current.onView?.(made);
    return () => {
      for (const stop of stops) stop();
      made.dispose();
    };
  }, [store, prefix, select]);

  useEffect(() => {
    if (view === null) return;
    view.setSelected(selectedSpanId);
    if (selectedSpanId === selectedHere.current || view.selectedSpan < 0) return;
    reveal(view.model, view.selectedSpan);
    view.showCursor();
    view.showCursorTime();
  }, [view, selectedSpanId]);

  // A link, or going back: what comes from outside and was not said by us is adopted.
  useEffect(() => {
    if (view === null || viewState === undefined || sameViewState(viewState, emitted.current)) return;
    emitted.current = viewState;
    setState(viewState);
    view.setQuery(viewState.query);
    view.setCriticalPath(viewState.criticalPath);
    view.setRange(viewState.range);
    if (view.follow !== viewState.follow) view.setFollow(viewState.follow);
  }, [view, viewState]);

  useEffect(() => {
    if (sameViewState(state, emitted.current)) return;
    const timer = setTimeout(() => {
      emitted.current = state;
      latest.current.onViewStateChange?.(state);
    }, EMIT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const command = (wanted: WaterfallCommand): boolean => {
    if (view === null) return false;
    const done = runCommand(view, wanted, {
      select: (span) => select(view, span),
      clear: () => select(view, -1),
      focusSearch: () => {
        search.current?.focus();
        search.current?.select();
      },
      copy: (text) => void navigator.clipboard?.writeText(text),
    });
    setState((was) => ({ ...was, criticalPath: view.criticalPath }));
    return done;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const wanted = commandOf(event.nativeEvent);
    if (wanted === null || !command(wanted)) return;
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
      className="wf"
      aria-label={props.label ?? 'Waterfall'}
      style={{ ['--wf-share' as string]: state.treeShare }}
    >
      {view !== null && (
        <ConnectedToolbar
          view={view}
          query={state.query}
          search={search}
          onCommand={(wanted) => {
            command(wanted);
            if (wanted !== 'next_match' && wanted !== 'previous_match') grid.current?.focus();
          }}
          onQuery={(query) => {
            setState((was) => ({ ...was, query }));
            view.setQuery(query);
          }}
          onLeave={() => grid.current?.focus()}
        />
      )}
      {view === null && <div className="wf-toolbar" />}
      <div
        ref={grid}
        data-part="grid"
        className="wf-grid"
        role="treegrid"
        tabIndex={0}
        aria-label={`${props.label ?? 'Waterfall'}: spans`}
        onKeyDown={onKeyDown}
        onFocus={() => focused(true)}
        onBlur={() => focused(false)}
      >
        <GridHead />
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
        {view !== null && (
          <HoverTip view={view} root={root} content={(row) => <RowTooltip view={view.model} row={row} />} />
        )}
      </div>
      <Splitter
        share={state.treeShare}
        root={root}
        onShare={(treeShare) => setState((was) => ({ ...was, treeShare }))}
      />
      <div className="wf-foot">
        <WaterfallLegend />
        <canvas data-part="minimap" className="wf-minimap" />
      </div>
    </section>
  );
};

const ConnectedToolbar = ({
  view,
  query,
  search,
  onQuery,
  onCommand,
  onLeave,
}: {
  readonly view: WaterfallView;
  readonly query: string;
  readonly search: React.RefObject<HTMLInputElement | null>;
  readonly onQuery: (query: string) => void;
  readonly onCommand: (command: WaterfallCommand) => void;
  readonly onLeave: () => void;
}): ReactNode => {
  const chrome = useSyncExternalStore(
    useCallback((listener) => view.onChrome(listener), [view]),
    view.chrome,
  );
  return (
    <WaterfallToolbar
      chrome={chrome}
      query={query}
      searchRef={search}
      onQuery={onQuery}
      onCommand={onCommand}
      onLeaveSearch={onLeave}
    />
  );
};
