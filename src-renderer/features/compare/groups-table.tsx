import { Menu } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { groupName, markPath, shortName, styleAt } from '#renderer/charts/series.ts';
import { inUnit } from '#renderer/charts/units.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { KeyCaps } from '#renderer/widgets/keycaps.tsx';
import { costText } from '#shared/lib/figure-text.ts';
import { formatCount, formatPercent, formatRate, UNKNOWN } from '#shared/lib/format.ts';
import type { CompareResult, GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import type { Steps } from './drill.ts';
import { type GroupColumn, type GroupRow, type GroupSort, nextSort, sortRows } from './groups-sort.ts';
import { useGroupCursor } from './use-group-cursor.ts';
import { coverageWords, noInterval } from './words.ts';

interface Column {
  readonly id: GroupColumn;
  readonly title: string;
  readonly about: string;
}

function columnsOf(measure: MeasureInfo, withSpeed: boolean): readonly Column[] {
  return [
    { id: 'n', title: 'n', about: 'Succeeded jobs with a value: behind every figure' },
    { id: 'failures', title: 'Failed', about: 'Failed jobs: in the success rate, in no other figure' },
    {
      id: 'unknown',
      title: 'Unknown',
      about: 'Succeeded without a value of this measure, or with one that is no number or negative',
    },
    { id: 'cancelled', title: 'Cancelled', about: 'Neither a success nor a failure: in no figure' },
    { id: 'median', title: 'Median', about: `Median of ${measure.title}. ${measure.about}` },
    {
      id: 'interval',
      title: '95 % interval',
      about: 'Of the median, distribution-free; sorts by its width',
    },
    { id: 'p90', title: 'p90', about: 'Nine of ten jobs are at most this; only where n allows it' },
    {
      id: 'success_rate',
      title: 'Success',
      about: 'Share of finished jobs that succeeded, with its 95 % interval (Wilson)',
    },
    {
      id: 'cost_per_success',
      title: '$ / success',
      about: 'What all its jobs cost, failures too, by its successes; ≥ where not every cost is known',
    },
    ...(withSpeed
      ? [{ id: 'speed', title: 'Generation', about: 'Median tokens per second of generation' } as const]
      : []),
  ];
}

/** Every group with its figures; the unknown is a dash that says why. */
export function GroupsTable(props: {
  readonly result: CompareResult;
  readonly baseline: string | null;
  /** Null: not known yet. */
  readonly speeds: ReadonlyMap<string, number | null> | null;
  readonly onJobs: (key: string) => void;
  readonly onBaseline: ((key: string | null) => void) | null;
  readonly stepsOf: (group: GroupFigures) => Steps;
}): ReactNode {
  const { result, speeds } = props;
  const { measure } = result;
  const [sort, setSort] = useState<GroupSort | null>(null);
  const columns = columnsOf(measure, measure.measure !== 'generation_speed');
  const rows = sortRows(
    result.groups.map((group, index): GroupRow => ({ group, index, speed: speeds?.get(group.key) ?? null })),
    sort,
  );
  const cursor = useGroupCursor(
    rows.map(({ group }) => group),
    props.stepsOf,
  );
  const head = (id: GroupColumn, title: string, about: string): ReactNode => (
    <th
      key={id}
      scope="col"
      data-number={id !== 'key'}
      aria-sort={sort?.by !== id ? 'none' : sort.desc ? 'descending' : 'ascending'}
    >
      <button type="button" className={styles.sort} title={about} onClick={() => setSort(nextSort(sort, id))}>
        {title}
        {sort?.by === id && <span aria-hidden="true">{sort.desc ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
  return (
    <div className={styles.tableRoom} data-testid="groups">
      <table className={styles.table} aria-label="Groups">
        <thead>
          <tr>
            {head('key', 'Group', 'What the jobs are grouped by')}
            {columns.map(({ id, title, about }) => head(id, title, about))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ group, index, speed }) => (
            <tr
              key={group.key}
              ref={cursor.rowRef(group.key)}
              data-group={group.key}
              data-current={group.key === cursor.current}
              onFocus={() => cursor.onCurrent(group.key)}
            >
              <th scope="row">
                <span className={styles.groupCell}>
                  <GroupMark index={index} />
                  <button
                    type="button"
                    className={styles.groupName}
                    title={`${groupName(group.key)}: show its jobs`}
                    onClick={() => props.onJobs(group.key)}
                  >
                    {shortName(group.key)}
                  </button>
                  {group.key === props.baseline && <span className={styles.tag}>baseline</span>}
                  <GroupMenu
                    group={group}
                    isBaseline={group.key === props.baseline}
                    onJobs={props.onJobs}
                    onBaseline={props.onBaseline}
                    steps={props.stepsOf(group)}
                  />
                </span>
              </th>
              <Cells group={group} measure={measure} />
              {measure.measure !== 'generation_speed' && (
                <td>
                  <Figure
                    text={formatRate(speed, 'tok/s')}
                    unknown={speeds === null ? 'Not read yet' : 'No model call tells its speed'}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cells(props: { readonly group: GroupFigures; readonly measure: MeasureInfo }): ReactNode {
  const { group, measure } = props;
  const { unit } = measure;
  const about = `${group.jobs} jobs: ${group.succeeded} succeeded (${group.n} with a value, ${group.unknown} unknown), ${group.failures} failed, ${group.cancelled} cancelled, ${group.unfinished} queued or running`;
  const count = (value: number): ReactNode => (
    <td>
      <span className={`figure ${value === 0 ? 'faint' : ''}`} title={about}>
        {formatCount(value)}
      </span>
    </td>
  );
  return (
    <>
      {count(group.n)}
      {count(group.failures)}
      {count(group.unknown)}
      {count(group.cancelled)}
      <td>
        <Figure
          text={inUnit(group.median, unit)}
          exact={String(group.median)}
          unknown={group.succeeded === 0 ? 'No job succeeded' : 'No job has a value of this measure'}
        />
      </td>
      <td>
        {group.median_low === null || group.median_high === null ? (
          <Figure text={UNKNOWN} unknown={noInterval(group)} />
        ) : (
          <span className="figure" title={coverageWords(group)}>
            {inUnit(group.median_low, unit)} <span className="faint">to</span>{' '}
            {inUnit(group.median_high, unit)}
          </span>
        )}
      </td>
      <td>
        <Figure
          text={inUnit(group.p90, unit)}
          exact={`p90 ${group.p90}${group.p99 === null ? `; ${group.p99_note ?? ''}` : `, p99 ${inUnit(group.p99, unit)}`}`}
          unknown={group.p90_note ?? 'Not known'}
        />
      </td>
      <td>
        {group.success_rate === null ? (
          <Figure text={UNKNOWN} unknown="No job has finished" />
        ) : (
          <span
            className="figure"
            title={`${group.succeeded} of ${group.succeeded + group.failures} finished jobs`}
          >
            {formatPercent(group.success_rate)}{' '}
            <span className="faint">
              {Math.round((group.success_low ?? 0) * 100)}–{Math.round((group.success_high ?? 0) * 100)}
            </span>
          </span>
        )}
      </td>
      <td>
        <Figure
          text={costText(group)}
          exact={group.cost_note ?? String(group.cost_per_success)}
          unknown={group.cost_note ?? 'Not known'}
        />
      </td>
    </>
  );
}

/** The group's colour and shape, as its charts have it. */
function GroupMark(props: { readonly index: number }): ReactNode {
  const { colour, shape } = styleAt(props.index);
  return (
    <svg className={styles.mark} viewBox="0 0 12 12" aria-hidden="true">
      <path d={markPath(shape, 6, 6, 4)} fill={colour} />
    </svg>
  );
}

function GroupMenu(props: {
  readonly group: GroupFigures;
  readonly isBaseline: boolean;
  readonly onJobs: (key: string) => void;
  readonly onBaseline: ((key: string | null) => void) | null;
  readonly steps: Steps;
}): ReactNode {
  const { group, isBaseline, onBaseline, steps } = props;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={styles.more} aria-label={`More about ${groupName(group.key)}`}>
          ⋯
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => props.onJobs(group.key)}>Show its {formatCount(group.jobs)} jobs</Menu.Item>
        {onBaseline !== null && (
          <Menu.Item onClick={() => onBaseline(isBaseline ? null : group.key)}>
            {isBaseline ? 'Compare all pairs again' : 'Compare every other group with it'}
          </Menu.Item>
        )}
        {'to' in steps ? (
          <Menu.Item component="a" href={`#${steps.to}`} rightSection={<KeyCaps binding="shift+t" />}>
            Percentile waterfall of its jobs
          </Menu.Item>
        ) : (
          <Menu.Item disabled className={styles.reasoned}>
            Percentile waterfall of its jobs
            <span className={`dim ${styles.small}`}>{steps.reason}</span>
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
