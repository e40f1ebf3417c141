import { Button, Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatDateTime } from '#shared/lib/format.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import styles from './filter-bar.module.css';
import { type BoardFilter, PERIODS } from './filter-codec.ts';

type Times = Pick<BoardFilter, 'since' | 'from' | 'to'>;

/** When it was, of jobs when they were created: a period that moves with the clock, or two fixed times. */
export function TimeMenu(props: {
  readonly times: Times;
  readonly label?: string;
  readonly onChange: (times: Times) => void;
}): ReactNode {
  const { times, onChange } = props;
  const active = times.since !== '' || times.from !== null || times.to !== null;
  return (
    <Popover position="bottom-start" width={280} trapFocus>
      <Popover.Target>
        <Button
          variant={active ? 'light' : 'default'}
          className={styles.facet}
          aria-haspopup="dialog"
          aria-label={`Filter by time: ${titleOf(times)}`}
        >
          {titleOf(times)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={4} aria-label={props.label ?? 'Filter by time of creation'}>
        {Object.entries(PERIODS).map(([key, period]) => (
          <Button
            key={key}
            variant={times.since === key ? 'light' : 'subtle'}
            fullWidth
            justify="flex-start"
            onClick={() => onChange({ since: times.since === key ? '' : key, from: null, to: null })}
          >
            {period.title}
          </Button>
        ))}
        <div className={styles.times}>
          <TimeField
            title="From"
            at={times.from}
            onChange={(from) => onChange({ since: '', from, to: times.to })}
          />
          <TimeField
            title="To"
            at={times.to}
            onChange={(to) => onChange({ since: '', from: times.from, to })}
          />
        </div>
        {active && (
          <Button variant="subtle" fullWidth onClick={() => onChange({ since: '', from: null, to: null })}>
            Any time
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function TimeField(props: {
  readonly title: string;
  readonly at: EpochSeconds | null;
  readonly onChange: (at: EpochSeconds | null) => void;
}): ReactNode {
  const local = props.at === null ? '' : formatDateTime(props.at).slice(0, 16).replace(' ', 'T');
  return (
    <label>
      {props.title}
      <input
        type="datetime-local"
        value={local}
        onChange={(event) => {
          const ms = Date.parse(event.currentTarget.value);
          props.onChange(Number.isNaN(ms) ? null : ms / 1000);
        }}
      />
    </label>
  );
}

function titleOf(times: Times): string {
  const period = PERIODS[times.since];
  if (period !== undefined) return period.title;
  if (times.from === null && times.to === null) return 'Time';
  const short = (at: EpochSeconds | null): string => (at === null ? '' : formatDateTime(at).slice(5, 16));
  return `${short(times.from)} … ${short(times.to)}`;
}
