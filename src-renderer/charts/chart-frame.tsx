import { Button, Menu } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import styles from './chart.module.css';
import { type ChartTable, fileStem, tableCsv, tableJson } from './chart-table.ts';
import { pictureOf } from './export-png.ts';
import { TableBehind } from './table-behind.tsx';
import { useWidth } from './use-width.ts';

/** What every chart of a page shares: where files and links go. */
export interface ChartOutlets {
  readonly onSave: (name: string, content: Blob) => void;
  readonly onCopyLink: () => Promise<boolean>;
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
}

/** A chart with its finding, its n, its table, its files and its summary in words. */
export function ChartFrame(props: {
  readonly title: string;
  /** n and what is left out, in a line. */
  readonly note: string;
  /** The chart in words, for who does not see it. */
  readonly summary: string;
  readonly table: ChartTable;
  readonly outlets: ChartOutlets;
  /** Absent: a log scale would show nothing more. */
  readonly log?: { readonly on: boolean; readonly onChange: (on: boolean) => void } | undefined;
  readonly children: (width: number) => ReactNode;
}): ReactNode {
  const { title, note, table, outlets, log } = props;
  const [body, width] = useWidth<HTMLDivElement>();
  const picture = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState('');
  const stem = fileStem('runescope', title);
  const save = (ending: string, type: string, text: string): void =>
    outlets.onSave(`${stem}.${ending}`, new Blob([text], { type }));
  const savePicture = async (): Promise<void> => {
    if (picture.current === null) return;
    try {
      outlets.onSave(`${stem}.png`, await pictureOf(picture.current, { title, note }));
    } catch (error) {
      setSaid(error instanceof Error ? error.message : 'The picture could not be made.');
    }
  };
  return (
    <figure className={styles.frame} aria-label={title}>
      <div className={styles.head}>
        <figcaption className={styles.caption}>
          <h3 title={title}>{title}</h3>
          <p className="dim" title={note}>
            {note}
          </p>
        </figcaption>
        <div className={styles.tools}>
          <span className="dim" role="status">
            {said}
          </span>
          {log !== undefined && !outlets.asTable && (
            <Button
              variant={log.on ? 'light' : 'default'}
              aria-pressed={log.on}
              title="A logarithmic axis: equal steps are equal ratios"
              onClick={() => log.onChange(!log.on)}
            >
              Log
            </Button>
          )}
          <Button
            variant={outlets.asTable ? 'light' : 'default'}
            aria-pressed={outlets.asTable}
            title="The figures behind the chart"
            onClick={() => outlets.onTable(!outlets.asTable)}
          >
            Table
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default">Export</Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item disabled={outlets.asTable} onClick={() => void savePicture()}>
                PNG <span className="faint">the chart as it is shown</span>
              </Menu.Item>
              <Menu.Item onClick={() => save('csv', 'text/csv', tableCsv(table))}>
                CSV <span className="faint">the exact figures</span>
              </Menu.Item>
              <Menu.Item onClick={() => save('json', 'application/json', tableJson(table, { title, note }))}>
                JSON <span className="faint">the exact figures</span>
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item
                onClick={() =>
                  void outlets
                    .onCopyLink()
                    .then((done) => setSaid(done ? 'Link copied' : 'The clipboard is not available'))
                }
              >
                Copy link
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <p className="visually-hidden">{props.summary}</p>
      <div ref={body} className={styles.body}>
        {outlets.asTable ? (
          <TableBehind table={table} title={title} />
        ) : (
          <div ref={picture} className={styles.picture}>
            {width > 0 && props.children(width)}
          </div>
        )}
      </div>
    </figure>
  );
}
