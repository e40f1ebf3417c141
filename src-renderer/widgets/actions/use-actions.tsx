import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { belongsToTarget, KeyMatcher, strokeOf } from './keys.ts';
import { type Action, ActionRegistry, type Level } from './registry.ts';

const RegistryContext = createContext<ActionRegistry | null>(null);

/** Holds the registry and turns keys into actions. A key that a view already handled (default prevented) is left alone. */
export function ActionProvider(props: { readonly children: ReactNode }): ReactNode {
  const registry = useMemo(() => new ActionRegistry(), []);
  useEffect(() => {
    const matcher = new KeyMatcher();
    function usableFor(event: KeyboardEvent): readonly Action[] {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const taken = belongsToTarget(target, strokeOf(event));
      return registry
        .all()
        .filter((one) => one.run !== undefined && one.disabled !== true && (!taken || one.inFields === true));
    }
    /** The second stroke of "g j" must not move the row of a view that has a use for "j". */
    function onCapture(event: KeyboardEvent): void {
      const keys = usableFor(event).flatMap((one) => one.keys);
      if (!matcher.completes(strokeOf(event), keys, event.timeStamp)) return;
      event.stopPropagation();
      onKeyDown(event);
    }
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing) return;
      const stroke = strokeOf(event);
      if (stroke === '') return;
      const usable = usableFor(event);
      const binding = matcher.feed(
        stroke,
        usable.flatMap((one) => one.keys),
        event.timeStamp,
      );
      if (binding === null) return;
      event.preventDefault();
      if (binding !== '') usable.find((one) => one.keys.includes(binding))?.run?.();
    }
    window.addEventListener('keydown', onCapture, true);
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onCapture, true);
      window.removeEventListener('keydown', onKeyDown);
    };
  }, [registry]);
  return <RegistryContext value={registry}>{props.children}</RegistryContext>;
}

function useRegistry(): ActionRegistry {
  const registry = useContext(RegistryContext);
  if (registry === null) throw new Error('Actions need an ActionProvider above them.');
  return registry;
}

/** Registers what the calling view can do while it is mounted. */
export function useActions(actions: readonly Action[], level: Level = 'view'): void {
  const registry = useRegistry();
  const [token] = useState(() => Symbol('actions'));
  const runLatest = useEffectEvent((id: string) => actions.find((action) => action.id === id)?.run?.());
  // Closures change with every render; the registry only hears of what a reader could notice.
  const shape = JSON.stringify(actions.map(({ run, ...rest }) => ({ ...rest, runs: run !== undefined })));
  useLayoutEffect(() => {
    const shapes = JSON.parse(shape) as readonly (Omit<Action, 'run'> & { readonly runs: boolean })[];
    registry.put(
      token,
      level,
      shapes.map(({ runs, ...rest }) => (runs ? { ...rest, run: () => runLatest(rest.id) } : rest)),
    );
  }, [registry, token, level, shape]);
  useLayoutEffect(() => () => registry.put(token, level, null), [registry, token, level]);
}

export function useAllActions(): readonly Action[] {
  const registry = useRegistry();
  return useSyncExternalStore(registry.subscribe, registry.all);
}
