// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { type MouseEvent, memo, type ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import type { JobRow } from '#shared/contract/types.ts';
import styles from './board.module.css';
import type { BoardColumn } from './board-columns.tsx';

export interface RowProps {
  readonly job: JobRow | undefined;
  readonly source: string;
  readonly index: number;
  readonly top: number;
  readonly columns: readonly BoardColumn[];
  readonly isCursor: boolean;
  readonly isMarked: boolean;
  readonly onPick: (index: number, event: MouseEvent) => void;
  readonly onMark: (index: number) => void;
}

/** One line of the board. Its first cell holds a real link, so that it opens in a second window as links do. */
export const BoardRow = memo(function BoardRow(props: RowProps): ReactNode {
  const { job, index, columns } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the board handles Enter for the row under the cursor
    <div
      role="row"
      id={`board-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={props.isMarked}
      data-cursor={props.isCursor}
      data-job={job?.job_id}
      className={styles.row}
      style={{ top: props.top }}
      onClick={(event) => props.onPick(index, event)}
    >
      {columns.map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          className={`${styles.cell} ${at === 0 ? styles.sticky : ''} ${column.numeric === true ? styles.numeric : ''} ${column.marks === true ? styles.marks : ''}`}
        >
          {at === 0 && (
            <input
              type="checkbox"
              className={styles.check}
              tabIndex={-1}
              aria-label={job === undefined ? 'Select' : `Select job ${job.job_id}`}
              checked={props.isMarked}
              onClick={(event) => event.stopPropagation()}
              onChange={() => props.onMark(index)}
            />
          )}
          {job === undefined ? (
            <span className={styles.skeleton} />
          ) : column.id === 'job' ? (
            <a
              href={`#${paths.job(props.source, job.job_id)}`}
              tabIndex={-1}
              className={styles.link}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) event.stopPropagation();
                else event.preventDefault();
              }}
            >
              {column.cell(job)}
            </a>
          ) : (
            column.cell(job)
          )}
        </div>
      ))}
    </div>
  );
});
