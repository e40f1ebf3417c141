import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { LOG_LEVELS, type LogLevel } from '#shared/model/logs.ts';

/** Everything the log view does, by key and from the palette. */
export function useLogsActions(of: {
  readonly hasLine: boolean;
  readonly hasJob: boolean;
  readonly follow: boolean;
  /** Rows in view, less one. */
  readonly page: number;
  readonly move: (by: number | 'first') => void;
  readonly toEnd: () => void;
  readonly open: () => void;
  readonly close: () => void;
  readonly copy: () => void;
  readonly save: () => void;
  readonly search: () => void;
  readonly toggleFollow: () => void;
  readonly level: (level: LogLevel) => void;
  readonly clear: () => void;
  readonly reload: () => void;
}): void {
  const action = (
    id: string,
    title: string,
    keys: readonly string[],
    run: () => void,
    rest: Partial<Action> = {},
  ): Action => ({ id: `logs.${id}`, title, group: 'Logs', keys, run, ...rest });
  const hidden = { keyOnly: true };
  useActions([
    action('down', 'Next line', ['j', 'down'], () => of.move(1), hidden),
    action('up', 'Previous line', ['k', 'up'], () => of.move(-1), hidden),
    action('page-down', 'A page down', ['pagedown'], () => of.move(of.page), hidden),
    action('page-up', 'A page up', ['pageup'], () => of.move(-of.page), hidden),
    action('first', 'First line that was read', ['home', 'g g'], () => of.move('first'), hidden),
    action('last', 'Newest line', ['end', 'shift+g'], of.toEnd, hidden),
    action('open', 'Open the job or span of this line', ['enter', 'o'], of.open, { disabled: !of.hasJob }),
    action('close', 'Close the line', ['esc'], of.close, { disabled: !of.hasLine }),
    action('copy', 'Copy this line as JSON', ['c'], of.copy, { disabled: !of.hasLine }),
    action('follow', of.follow ? 'Stop following the log' : 'Follow the log', ['f'], of.toggleFollow),
    action('search', 'Search the log', ['/'], of.search),
    ...LOG_LEVELS.map((level, i) =>
      action(
        `level-${level}`,
        level === 'debug' ? 'Lines of every level' : `Only ${level} and above`,
        [String(i + 1)],
        () => of.level(level),
      ),
    ),
    action('save', 'Save the lines that were read as JSON lines', [], of.save),
    action('clear', 'Clear the filters of the log', [], of.clear),
    action('reload', 'Read the log anew', ['mod+shift+r'], of.reload),
  ]);
}
