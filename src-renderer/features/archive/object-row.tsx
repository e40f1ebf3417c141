// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { type MouseEvent, memo, type ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatBytes, formatDateTime, formatIso } from '#shared/lib/format.ts';
import type { ArchivedObject } from '#shared/model/archive.ts';
import { archivedSource } from '#shared/model/source.ts';
import styles from './archive.module.css';
import { Middle } from './middle.tsx';

export interface RowProps {
  readonly object: ArchivedObject | undefined;
  readonly target: string;
  readonly index: number;
  readonly top: number;
  readonly isCursor: boolean;
  readonly isMarked: boolean;
  readonly onPick: (index: number, event: MouseEvent) => void;
  readonly onOpen: (index: number) => void;
  readonly onMark: (index: number) => void;
}

const UNFIT = 'This key does not fit results/{tenant}/{kind}/{date}/{job_id}.json';

/** One key. Its id is a real link, so that a result opens in a second window as links do. */
export const ObjectRow = memo(function ObjectRow(props: RowProps): ReactNode {
  const { object, index } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the view handles Enter for the row under the cursor
    <div
      role="row"
      id={`archive-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={props.isMarked}
      data-cursor={props.isCursor}
      data-key={object?.key}
      className={styles.row}
      style={{ top: props.top }}
      onClick={(event) => props.onPick(index, event)}
      onDoubleClick={() => props.onOpen(index)}
    >
      <div role="gridcell" className={styles.cell}>
        <input
          type="checkbox"
          className={styles.check}
          tabIndex={-1}
          aria-label={object === undefined ? 'Select' : `Select ${object.key}`}
          checked={props.isMarked}
          onClick={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
          onChange={() => props.onMark(index)}
        />
        {object === undefined ? <span className={styles.skeleton} /> : <Part text={object.date} mono />}
      </div>
      {object === undefined ? (
        <div role="gridcell" className={styles.cell} aria-colspan={6}>
          <span className={styles.skeleton} />
        </div>
      ) : (
        <Cells object={object} target={props.target} />
      )}
    </div>
  );
});

function Cells(props: { readonly object: ArchivedObject; readonly target: string }): ReactNode {
  const { object } = props;
  const name =
    object.job_id === null ? <Middle text={object.key} end={20} /> : <Middle text={object.job_id} />;
  return (
    <>
      <div role="gridcell" className={styles.cell} title={object.tenant ?? undefined}>
        <Part text={object.tenant} />
      </div>
      <div role="gridcell" className={styles.cell} title={object.kind ?? undefined}>
        <Part text={object.kind} />
      </div>
      <div role="gridcell" className={`${styles.cell} ${styles.name}`} title={object.key}>
        {object.job_id === null ? (
          name
        ) : (
          <a
            href={`#${paths.job(archivedSource(props.target, object.key), object.job_id)}`}
            tabIndex={-1}
            className={styles.link}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey) event.stopPropagation();
              else event.preventDefault();
            }}
          >
            {name}
          </a>
        )}
        {object.is_new && (
          <span className={styles.new} title="Not there at the listing before the last">
            new
          </span>
        )}
      </div>
      <div role="gridcell" className={`${styles.cell} ${styles.numeric}`}>
        <Figure text={formatBytes(object.size_bytes)} exact={`${object.size_bytes} B`} />
      </div>
      <div role="gridcell" className={styles.cell} data-column="last_modified">
        <span className="figure" title={formatIso(object.last_modified)}>
          {formatDateTime(object.last_modified).slice(0, 16)}
        </span>
      </div>
      <div role="gridcell" className={styles.cell} data-column="etag">
        {object.etag === null ? (
          <Figure text="–" unknown="The archive gives no etag" />
        ) : (
          <span className="figure dim" title={object.etag}>
            {object.etag.replaceAll('"', '')}
          </span>
        )}
      </div>
    </>
  );
}

function Part(props: { readonly text: string | null; readonly mono?: boolean }): ReactNode {
  if (props.text === null) return <Figure text="–" unknown={UNFIT} />;
  return props.mono === true ? <span className="figure">{props.text}</span> : props.text;
}
