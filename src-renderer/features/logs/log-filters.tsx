import { SegmentedControl, Select } from '@mantine/core';
import { type ReactNode, type RefObject, useCallback, useEffect, useRef } from 'react';
import { TimeMenu } from '#renderer/widgets/job-filter/time-menu.tsx';
import { SearchField } from '#renderer/widgets/search-field.tsx';
import { formatId } from '#shared/lib/format.ts';
import { LOG_LEVELS } from '#shared/model/logs.ts';
import styles from './logs.module.css';
import { EVENT_GROUPS, type LogsView, meaningOf } from './logs-url.ts';

/** Level, event, text, time; and the job or tenant that a link named. */
export function LogFilters(props: {
  readonly view: LogsView;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onView: (view: LogsView) => void;
}): ReactNode {
  const { view, onView } = props;
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  }, [view]);
  // Typing waits a moment: what else was chosen meanwhile must stay.
  const onText = useCallback((text: string) => onView({ ...latest.current, text }), [onView]);
  const known = EVENT_GROUPS.some(({ items }) => items.includes(view.event));
  return (
    <>
      <SearchField
        text={view.text}
        field={props.search}
        className={styles.search}
        label="Search the log"
        tip="Words of messages, events, fields and job ids; all of them must be there  /"
        placeholder="Search messages and fields"
        onChange={onText}
      />
      <SegmentedControl
        aria-label="Level: this and above"
        title="This level and above"
        data={LOG_LEVELS.map((value) => ({ value, label: value === 'debug' ? 'all' : value }))}
        value={view.level}
        onChange={(value) => onView({ ...view, level: LOG_LEVELS.find((one) => one === value) ?? 'debug' })}
      />
      <Select
        className={styles.eventField}
        aria-label="Event"
        placeholder="Event"
        searchable
        clearable
        nothingFoundMessage="No event has this name"
        comboboxProps={{ width: 340, position: 'bottom-start' }}
        maxDropdownHeight={420}
        data={[
          ...(known || view.event === '' ? [] : [{ group: 'Of the link', items: [view.event] }]),
          ...EVENT_GROUPS.map(({ group, items }) => ({ group, items: [...items] })),
        ]}
        renderOption={({ option }) => (
          <span className={styles.option}>
            {option.value}
            <span>{option.value.endsWith('.*') ? 'All of these' : meaningOf(option.value)}</span>
          </span>
        )}
        value={view.event === '' ? null : view.event}
        onChange={(event) => onView({ ...view, event: event ?? '' })}
      />
      <TimeMenu
        times={view}
        label="Filter by time"
        onChange={({ since, from, to }) => onView({ ...view, since, from, to })}
      />
      {view.job !== null && (
        <Chip
          title={`Only job ${view.job}`}
          clear="Lines of every job"
          onClear={() => onView({ ...view, job: null })}
        >
          job <span className="figure">{formatId(view.job)}</span>
        </Chip>
      )}
      {view.tenant !== null && (
        <Chip
          title={`Only tenant ${view.tenant}`}
          clear="Lines of every tenant"
          onClear={() => onView({ ...view, tenant: null })}
        >
          {view.tenant}
        </Chip>
      )}
    </>
  );
}

function Chip(props: {
  readonly title: string;
  readonly clear: string;
  readonly onClear: () => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className={styles.chip} title={props.title}>
      {props.children}
      <button type="button" aria-label={props.clear} title={props.clear} onClick={props.onClear}>
        ✕
      </button>
    </span>
  );
}
