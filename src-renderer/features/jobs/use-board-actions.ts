import { MAX_BAND_JOBS } from '#renderer/client/trace-links.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import type { JobRow } from '#shared/contract/types.ts';
import type { CompareSide } from './use-compare-side.ts';
import { isCancellable, isRepeatable, type JobActions } from './use-job-actions.tsx';

export interface BoardCommands {
  readonly source: string;
  /** The marked rows, else the one under the cursor. */
  readonly chosen: readonly JobRow[];
  readonly jobs: JobActions;
  /** Rows in view, less one. */
  readonly page: number;
  readonly move: (by: number | 'first' | 'last', extend: boolean) => void;
  readonly open: () => void;
  readonly mark: () => void;
  readonly clear: () => void;
  readonly search: () => void;
  readonly refresh: () => void;
  readonly copy: (text: string, what: string) => void;
  readonly tsv: () => string;
  /** Two traces over one another. */
  readonly compareTraces: (a: JobRow, b: JobRow) => void;
  /** Many of them. */
  readonly percentiles: (jobs: readonly JobRow[]) => void;
  /** Hand-picked A against B. */
  readonly side: CompareSide;
  readonly compareShown: () => void;
}

/** Everything the board does, by key and from the palette. */
export function useBoardActions(board: BoardCommands): void {
  const { chosen, source } = board;
  const [one, two] = chosen;
  const none = one === undefined;
  const cancellable = chosen.filter((job) => isCancellable(source, job));
  const many = chosen.length > 1 ? ` ${chosen.length} jobs` : ' job';
  const move = (
    id: string,
    title: string,
    keys: readonly string[],
    by: number | 'first' | 'last',
    extend = false,
  ): Action => ({
    id,
    title,
    group: 'Board',
    keys,
    keyOnly: true,
    run: () => board.move(by, extend),
  });
  useActions([
    move('board.down', 'Next row', ['j', 'down'], 1),
    move('board.up', 'Previous row', ['k', 'up'], -1),
    move('board.extend-down', 'Extend the selection down', ['shift+j', 'shift+down'], 1, true),
    move('board.extend-up', 'Extend the selection up', ['shift+k', 'shift+up'], -1, true),
    move('board.page-down', 'A page down', ['pagedown'], board.page),
    move('board.page-up', 'A page up', ['pageup'], -board.page),
    move('board.first', 'First row', ['home', 'g g'], 'first'),
    move('board.last', 'Last row', ['end', 'shift+g'], 'last'),
    {
      id: 'board.open',
      title: 'Open job',
      group: 'Board',
      keys: ['enter', 'o'],
      disabled: none,
      run: board.open,
    },
    { id: 'board.mark', title: 'Select row', group: 'Board', keys: ['x'], disabled: none, run: board.mark },
    { id: 'board.clear', title: 'Clear the selection', group: 'Board', keys: ['esc'], run: board.clear },
    { id: 'board.search', title: 'Search jobs', group: 'Board', keys: ['/'], run: board.search },
    {
      id: 'board.refresh',
      title: 'Refresh the board',
      group: 'Board',
      keys: ['mod+shift+r'],
      run: board.refresh,
    },
    {
      id: 'job.copy-id',
      title: `Copy${many} id`,
      group: 'Job',
      keys: ['c'],
      disabled: none,
      run: () => board.copy(chosen.map((job) => job.job_id).join('\n'), `${chosen.length} id`),
    },
    {
      id: 'board.copy-tsv',
      title: `Copy${many} as TSV`,
      group: 'Board',
      keys: ['shift+c'],
      disabled: none,
      run: () => board.copy(board.tsv(), `${chosen.length} ${chosen.length === 1 ? 'row' : 'rows'} as TSV`),
    },
    {
      id: 'board.compare-traces',
      title: 'Compare the traces of the two selected jobs',
      group: 'Board',
      keys: ['t'],
      disabled: two === undefined || chosen.length > 2,
      run: () => {
        if (one !== undefined && two !== undefined) board.compareTraces(one, two);
      },
    },
    {
      id: 'board.percentiles',
      title: 'Percentile waterfall of the selected jobs',
      group: 'Board',
      keys: ['shift+t'],
      disabled: two === undefined || chosen.length > MAX_BAND_JOBS,
      run: () => board.percentiles(chosen),
    },
    {
      id: 'board.compare-a',
      title: `Keep${many} as A of a comparison`,
      group: 'Compare',
      keys: ['shift+a'],
      disabled: none,
      run: () => board.side.keep(chosen),
    },
    {
      id: 'board.compare-b',
      title: `Compare A (${board.side.kept.length}) with${chosen.length > 1 ? ' these' : ' this'}${many}`,
      group: 'Compare',
      keys: ['shift+b'],
      disabled: none || board.side.kept.length === 0,
      run: () => board.side.compare(chosen),
    },
    {
      id: 'board.compare-shown',
      title: 'Compare what the board shows',
      group: 'Compare',
      keys: ['shift+m'],
      run: board.compareShown,
    },
    {
      id: 'job.cancel',
      title: `Cancel${many}…`,
      group: 'Job',
      keys: ['shift+x', 'delete'],
      disabled: cancellable.length === 0,
      run: () => board.jobs.askCancel(source, cancellable),
    },
    {
      id: 'job.rerun',
      title: 'Re-run job',
      group: 'Job',
      keys: ['shift+r'],
      disabled: one === undefined || !isRepeatable(one),
      run: () => {
        if (one !== undefined) board.jobs.rerun(source, one);
      },
    },
    {
      id: 'job.edit',
      title: 'Edit and re-run job…',
      group: 'Job',
      keys: ['shift+d'],
      disabled: one === undefined || !isRepeatable(one),
      run: () => {
        if (one !== undefined) board.jobs.editAndRerun(source, one);
      },
    },
  ]);
}
