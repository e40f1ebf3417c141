// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { memo, type ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { formatId, formatIso } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { OWN } from '#shared/model/source.ts';
import { LevelMark } from './level-mark.tsx';
import { fieldWords, lineClock, lineDate } from './log-words.ts';
import styles from './logs.module.css';

/** One line of the log. Its job is a real link, to the span it fell in where there is one. */
export const LogRow = memo(function LogRow(props: {
  readonly line: LogLine;
  readonly index: number;
  readonly top: number;
  readonly id: string;
  /** In a job's own panel: without the job and the date. */
  readonly ofJob: boolean;
  readonly isPicked: boolean;
  /** It fell in the span that is selected. */
  readonly isMarked: boolean;
  readonly onPick: (line: LogLine) => void;
}): ReactNode {
  const { line, ofJob } = props;
  const fields = fieldWords(line.fields);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the view handles keys for the picked row
    <div
      role="row"
      id={props.id}
      aria-rowindex={props.index + 2}
      aria-selected={props.isPicked}
      data-seq={line.seq}
      data-marked={props.isMarked}
      data-level={line.level}
      className={styles.row}
      style={{ top: props.top }}
      onClick={() => {
        if (window.getSelection()?.isCollapsed !== false) props.onPick(line);
      }}
    >
      <div role="gridcell" className={`${styles.cell} figure`} title={formatIso(line.at)}>
        {!ofJob && <span className={styles.date}>{lineDate(line.at)} </span>}
        {lineClock(line.at)}
      </div>
      <div role="gridcell" className={styles.cell}>
        <LevelMark level={line.level} />
      </div>
      <div role="gridcell" className={`${styles.cell} ${styles.event}`} title={line.event}>
        {line.event}
      </div>
      <div role="gridcell" className={`${styles.cell} ${styles.message}`} title={line.message}>
        {line.message}
        {fields !== '' && <span className={styles.fields}>{fields}</span>}
      </div>
      {!ofJob && (
        <div role="gridcell" className={`${styles.cell} ${styles.job}`}>
          {line.job_id !== null && (
            <a
              className="figure"
              href={`#${paths.job(OWN, line.job_id, line.span_id ?? undefined)}`}
              title={line.span_id === null ? 'Open its job' : 'Open the span it fell in'}
              tabIndex={-1}
              onClick={(event) => event.stopPropagation()}
            >
              {formatId(line.job_id)}
            </a>
          )}
        </div>
      )}
    </div>
  );
});
