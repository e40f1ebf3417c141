// biome-ignore-all lint/a11y/useSemanticElements: days stand in an SVG, which has no table
// biome-ignore-all lint/a11y/noNoninteractiveElementToInteractiveRole: as above
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active day
import { type KeyboardEvent, memo, type PointerEvent, type ReactNode, useId, useMemo, useState } from 'react';
import styles from './calendar.module.css';
import {
  type CalendarDay,
  type DayCount,
  type DayRange,
  inWords,
  layOutYear,
  moveDay,
  rangeOf,
  WEEKDAYS,
} from './calendar.ts';

/** A week's width and a day's height. */
const STEP = 13;
const LEFT = 28;
const TOP = 14;
/** The mark grows with the count, so that its colour never stands alone. */
const MARKS = [0, 4, 6, 8, 10] as const;

/** A year of days. A click takes one, a drag (or shift with the arrows) a range, the same day again none. */
export function CalendarHeatmap(props: {
  readonly days: readonly DayCount[];
  readonly year: number;
  /** Newest first. */
  readonly years: readonly number[];
  readonly range: DayRange | null;
  readonly asTable: boolean;
  readonly onYear: (year: number) => void;
  readonly onRange: (range: DayRange | null) => void;
  readonly onTable: (asTable: boolean) => void;
}): ReactNode {
  const { days, year, years, range, onRange } = props;
  const laidOut = useMemo(() => layOutYear(year, days), [year, days]);
  const words = useMemo(() => inWords(year, days), [year, days]);
  const [active, setActive] = useState<string | null>(null);
  const [focused, setFocused] = useState(false);
  const [drag, setDrag] = useState<{ readonly from: string; readonly to: string } | null>(null);
  const id = useId();
  const shown = drag === null ? range : rangeOf(drag.from, drag.to);
  const current = active?.startsWith(`${year}-`) === true ? active : null;
  const start = current ?? laidOut.days.findLast((day) => day.count > 0)?.date ?? `${year}-01-01`;
  const at = current === null ? undefined : laidOut.days.find((day) => day.date === current);

  const take = (next: DayRange): void =>
    onRange(range !== null && range.from === next.from && range.to === next.to ? null : next);
  const dayUnder = (event: PointerEvent<SVGSVGElement>): string | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const week = Math.floor((event.clientX - box.left - LEFT) / STEP);
    const weekday = Math.floor((event.clientY - box.top - TOP) / STEP);
    return laidOut.days.find((day) => day.week === week && day.weekday === weekday)?.date ?? null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') take(drag ?? { from: start, to: start });
    else {
      const next = moveDay(start, event.key);
      if (next === null) return;
      setActive(next);
      if (event.shiftKey) {
        const drawn = { from: drag?.from ?? start, to: next };
        setDrag(drawn);
        onRange(rangeOf(drawn.from, drawn.to));
      } else setDrag(null);
      event.preventDefault();
      return;
    }
    setDrag(null);
    event.preventDefault();
  };
  const place = years.indexOf(year);
  return (
    <section className={styles.calendar} aria-label="Results by day">
      <div className={styles.head}>
        <span className={styles.year}>
          <YearButton title="‹" label="The year before" to={years[place + 1]} onYear={props.onYear} />
          <strong className="figure">{year}</strong>
          <YearButton title="›" label="The year after" to={years[place - 1]} onYear={props.onYear} />
        </span>
        <p aria-live={focused ? 'polite' : 'off'}>{at === undefined ? words : sayDay(at)}</p>
        <span style={{ flex: 1 }} />
        <button
          type="button"
          className={styles.button}
          aria-pressed={props.asTable}
          title="The days as a table  Shift T"
          onClick={() => props.onTable(!props.asTable)}
        >
          Table
        </button>
      </div>
      {props.asTable ? (
        <DayTable days={days} year={year} range={range} onTake={(date) => take({ from: date, to: date })} />
      ) : (
        <svg
          role="grid"
          aria-label={`${words} Arrow keys move by day and week, Enter shows a day, shift with arrows a range.`}
          aria-activedescendant={focused ? `${id}-${start}` : undefined}
          tabIndex={0}
          className={styles.grid}
          width={LEFT + laidOut.weeks * STEP}
          height={TOP + 7 * STEP}
          onKeyDown={onKeyDown}
          onKeyUp={(event) => {
            if (event.key === 'Shift') setDrag(null);
          }}
          onFocus={() => {
            setFocused(true);
            setActive((now) => now ?? start);
          }}
          onBlur={() => {
            setFocused(false);
            setActive(null);
            setDrag(null);
          }}
          onPointerLeave={() => {
            if (!focused && drag === null) setActive(null);
          }}
          onPointerDown={(event) => {
            const day = dayUnder(event);
            if (day === null || event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: day, to: day });
            setActive(day);
          }}
          onPointerMove={(event) => {
            const day = dayUnder(event);
            if (day === null) return;
            setActive(day);
            if (event.currentTarget.hasPointerCapture(event.pointerId))
              setDrag((now) => (now === null ? null : { ...now, to: day }));
          }}
          onPointerUp={() => {
            if (drag !== null) take(rangeOf(drag.from, drag.to));
            setDrag(null);
          }}
          onPointerCancel={() => setDrag(null)}
        >
          {laidOut.months.map((month) => (
            <text key={month.title} className={styles.label} x={LEFT + month.week * STEP} y={9}>
              {month.title}
            </text>
          ))}
          {WEEKDAYS.map((weekday, row) => (
            <g key={weekday} role="row" aria-label={weekday}>
              {row % 2 === 0 && (
                <text className={styles.label} x={0} y={TOP + row * STEP + 9}>
                  {weekday}
                </text>
              )}
              {laidOut.days
                .filter((day) => day.weekday === row)
                .map((day) => (
                  <Day
                    key={day.date}
                    id={`${id}-${day.date}`}
                    day={day}
                    isIn={shown !== null && shown.from <= day.date && day.date <= shown.to}
                    isActive={day.date === current}
                  />
                ))}
            </g>
          ))}
        </svg>
      )}
    </section>
  );
}

const Day = memo(function Day(props: {
  readonly id: string;
  readonly day: CalendarDay;
  readonly isIn: boolean;
  readonly isActive: boolean;
}): ReactNode {
  const { day } = props;
  const x = LEFT + day.week * STEP;
  const y = TOP + day.weekday * STEP;
  const size = MARKS[day.level];
  const inset = (STEP - 1 - size) / 2;
  return (
    <g
      id={props.id}
      role="gridcell"
      aria-label={sayDay(day)}
      aria-selected={props.isIn}
      data-date={day.date}
      className={`${props.isIn ? styles.inRange : ''} ${props.isActive ? styles.active : ''}`}
    >
      <rect className={styles.slot} x={x + 0.5} y={y + 0.5} width={STEP - 2} height={STEP - 2} rx={2} />
      {size > 0 && (
        <rect
          className={styles.mark}
          data-level={day.level}
          x={x + inset}
          y={y + inset}
          width={size}
          height={size}
          rx={1.5}
        />
      )}
    </g>
  );
});

function YearButton(props: {
  readonly title: string;
  readonly label: string;
  readonly to: number | undefined;
  readonly onYear: (year: number) => void;
}): ReactNode {
  const { to } = props;
  return (
    <button
      type="button"
      className={styles.button}
      aria-label={props.label}
      title={to === undefined ? undefined : String(to)}
      disabled={to === undefined}
      onClick={() => {
        if (to !== undefined) props.onYear(to);
      }}
    >
      {props.title}
    </button>
  );
}

function DayTable(props: {
  readonly days: readonly DayCount[];
  readonly year: number;
  readonly range: DayRange | null;
  readonly onTake: (date: string) => void;
}): ReactNode {
  const days = props.days.filter(({ date }) => date.startsWith(`${props.year}-`)).toReversed();
  return (
    <div className={styles.days}>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Results</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ date, count }) => (
            <tr key={date}>
              <th scope="row">
                <button
                  type="button"
                  className={styles.day}
                  aria-pressed={props.range !== null && props.range.from <= date && date <= props.range.to}
                  onClick={() => props.onTake(date)}
                >
                  {date}
                </button>
              </th>
              <td>{count.toLocaleString('en-US')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sayDay(day: CalendarDay): string {
  const results =
    day.count === 0
      ? 'no results'
      : day.count === 1
        ? '1 result'
        : `${day.count.toLocaleString('en-US')} results`;
  return `${WEEKDAYS[day.weekday] ?? ''} ${day.date}: ${results}`;
}
