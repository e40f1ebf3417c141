import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { counted } from './truth-line.ts';

export interface ArchiveCommands {
  /** The marked results, else the selected one. */
  readonly chosen: number;
  readonly hasSelected: boolean;
  readonly isListing: boolean;
  readonly presigns: boolean;
  readonly prefix: string;
  /** Rows in view, less one. */
  readonly page: number;
  readonly move: (by: number | 'first' | 'last', extend: boolean) => void;
  readonly open: () => void;
  readonly mark: () => void;
  readonly markAll: () => void;
  readonly clear: () => void;
  readonly search: () => void;
  readonly jump: () => void;
  readonly refresh: () => void;
  readonly verify: () => void;
  readonly verifyPrefix: () => void;
  readonly zip: () => void;
  readonly importAll: () => void;
  readonly download: () => void;
  readonly copyKeys: () => void;
  readonly copyUris: () => void;
  readonly presign: () => void;
  readonly toggleNew: () => void;
  readonly toggleOverview: () => void;
  readonly toggleTable: () => void;
  readonly toggleInspector: () => void;
}

/** Everything the archive view does, by key and from the palette. */
export function useArchiveActions(view: ArchiveCommands): void {
  const none = view.chosen === 0;
  const some = counted(view.chosen, 'result');
  const move = (
    id: string,
    title: string,
    keys: readonly string[],
    by: number | 'first' | 'last',
    extend = false,
  ): Action => ({
    id: `archive.${id}`,
    title,
    group: 'List',
    keys,
    keyOnly: true,
    run: () => view.move(by, extend),
  });
  const act = (
    id: string,
    group: string,
    title: string,
    keys: readonly string[],
    run: () => void,
    disabled = false,
  ): Action => ({ id: `archive.${id}`, title, group, keys, disabled, run });
  useActions([
    move('down', 'Next row', ['j', 'down'], 1),
    move('up', 'Previous row', ['k', 'up'], -1),
    move('extend-down', 'Extend the selection down', ['shift+j', 'shift+down'], 1, true),
    move('extend-up', 'Extend the selection up', ['shift+k', 'shift+up'], -1, true),
    move('page-down', 'A page down', ['pagedown'], view.page),
    move('page-up', 'A page up', ['pageup'], -view.page),
    move('first', 'First row', ['home', 'g g'], 'first'),
    move('last', 'Last row', ['end', 'shift+g'], 'last'),
    act('open', 'Archive', 'Open result', ['enter', 'o'], view.open, !view.hasSelected),
    act('verify', 'Archive', `Verify ${none ? 'result' : some}`, ['v'], view.verify, none),
    act('verify-prefix', 'Archive', `Verify everything below ${view.prefix}`, ['shift+v'], view.verifyPrefix),
    act('zip', 'Archive', `Export ${none ? 'results' : some} as a zip`, ['e'], view.zip, none),
    act('import', 'Archive', `Import ${none ? 'results' : some} for comparison`, ['m'], view.importAll, none),
    act('download', 'Archive', 'Download the exact bytes', ['d'], view.download, !view.hasSelected),
    act('copy-key', 'Archive', 'Copy key', ['c'], view.copyKeys, none),
    act('copy-uri', 'Archive', 'Copy URI', ['shift+c'], view.copyUris, none),
    act(
      'presign',
      'Archive',
      'Copy a link that works for an hour',
      ['p'],
      view.presign,
      !view.presigns || !view.hasSelected,
    ),
    act('jump', 'Archive', 'Jump to a job id, key or URI', ['f'], view.jump),
    act('search', 'List', 'Filter keys', ['/'], view.search),
    act('new', 'List', 'Only new results', ['w'], view.toggleNew),
    act('refresh', 'Archive', view.isListing ? 'Stop listing' : 'List again', ['r'], view.refresh),
    act('mark', 'List', 'Select row', ['x'], view.mark, !view.hasSelected),
    act('mark-all', 'List', 'Select all that match', ['mod+a'], view.markAll),
    act('clear', 'List', 'Clear the selection', ['esc'], view.clear),
    act('overview', 'List', 'Calendar, tenants and kinds', ['t'], view.toggleOverview),
    act('days', 'List', 'Days as a table', ['shift+t'], view.toggleTable),
    act('inspector', 'List', 'Inspector', ['i'], view.toggleInspector),
  ]);
}
