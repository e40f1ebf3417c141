import { Button, Popover } from '@mantine/core';
import type { ReactNode, RefObject } from 'react';
import { SearchField } from '#renderer/widgets/search-field.tsx';
import styles from './archive.module.css';
import { type ArchiveView, clearedFilter, isNarrowed, toggled } from './archive-url.ts';
import { exactCount } from './truth-line.ts';

/** The one line of filters; tenants and kinds are chosen below it and stand here as what can be taken out again. */
export function ArchiveFilters(props: {
  readonly view: ArchiveView;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly newCount: number;
  readonly otherCount: number;
  readonly onChange: (view: ArchiveView) => void;
}): ReactNode {
  const { view, onChange } = props;
  const chip = (title: string, value: string, without: Partial<ArchiveView>): ReactNode => (
    <Button
      key={`${title} ${value}`}
      variant="light"
      className={styles.chip}
      title={`${title}: ${value}. Click to take it out.`}
      aria-label={`Take out ${title} ${value}`}
      onClick={() => onChange({ ...view, ...without })}
    >
      {value} ×
    </Button>
  );
  return (
    <search className={styles.bar} aria-label="Filter results">
      <SearchField
        text={view.text}
        field={props.search}
        className={styles.search}
        placeholder="Filter keys  /"
        label="Filter by a part of the key"
        tip="Shows keys that hold this text"
        onChange={(text) => onChange({ ...view, text })}
      />
      <div className={styles.chips}>
        <Dates view={view} onChange={onChange} />
        <Button
          variant={view.onlyNew ? 'light' : 'default'}
          className={styles.chip}
          aria-pressed={view.onlyNew}
          title="Only what the last listing saw for the first time  W"
          onClick={() => onChange({ ...view, onlyNew: !view.onlyNew })}
        >
          New {props.newCount > 0 && <span className="figure dim">&nbsp;{exactCount(props.newCount)}</span>}
        </Button>
        {(props.otherCount > 0 || view.shape !== null) && (
          <OtherKeys view={view} count={props.otherCount} onChange={onChange} />
        )}
        {view.tenants.map((one) => chip('tenant', one, { tenants: toggled(view.tenants, one) }))}
        {view.kinds.map((one) => chip('kind', one, { kinds: toggled(view.kinds, one) }))}
      </div>
      {isNarrowed(view) && (
        <Button variant="subtle" className={styles.chip} onClick={() => onChange(clearedFilter(view))}>
          Clear
        </Button>
      )}
    </search>
  );
}

function Dates(props: {
  readonly view: ArchiveView;
  readonly onChange: (view: ArchiveView) => void;
}): ReactNode {
  const { view, onChange } = props;
  const active = view.from !== '' || view.to !== '';
  const title = !active ? 'Dates' : view.from === view.to ? view.from : `${view.from} … ${view.to}`;
  return (
    <Popover position="bottom-start" trapFocus>
      <Popover.Target>
        <Button
          variant={active ? 'light' : 'default'}
          className={styles.chip}
          aria-haspopup="dialog"
          aria-label={`Filter by date: ${active ? title : 'any'}`}
        >
          {title}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label="Filter by date">
        <div className={styles.dates}>
          <label>
            From
            <input
              type="date"
              value={view.from}
              max={view.to}
              onChange={(event) => onChange({ ...view, from: event.currentTarget.value })}
            />
          </label>
          <label>
            To
            <input
              type="date"
              value={view.to}
              min={view.from}
              onChange={(event) => onChange({ ...view, to: event.currentTarget.value })}
            />
          </label>
          {active && (
            <Button variant="subtle" fullWidth onClick={() => onChange({ ...view, from: '', to: '' })}>
              Any date
            </Button>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Keys that fit no template: with the others, left out, or alone. */
function OtherKeys(props: {
  readonly view: ArchiveView;
  readonly count: number;
  readonly onChange: (view: ArchiveView) => void;
}): ReactNode {
  const { shape } = props.view;
  const next = shape === null ? 'results' : shape === 'results' ? 'other' : null;
  return (
    <Button
      variant={shape === null ? 'default' : 'light'}
      className={styles.chip}
      title="Keys that do not fit results/{tenant}/{kind}/{date}/{job_id}.json: with the others, left out, or alone"
      onClick={() => props.onChange({ ...props.view, shape: next })}
    >
      Other keys{shape === null ? '' : shape === 'results' ? ': hidden' : ': only'}
      {shape === null && <span className="figure dim">&nbsp;{exactCount(props.count)}</span>}
    </Button>
  );
}
