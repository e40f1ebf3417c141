import type { ReactNode } from 'react';
import { claimWords, coverageWords } from '#renderer/charts/calibration-data.ts';
import { inUnit } from '#renderer/charts/units.ts';
import { useListCursor } from '#renderer/widgets/actions/use-list-cursor.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatCount, formatPercent, formatSignificant, UNKNOWN } from '#shared/lib/format.ts';
import type { Calibration, CalibrationGroup, CoverageRow } from '#shared/model/costs.ts';
import styles from './costs.module.css';
import { biasWords, PROVIDER_TITLES } from './words.ts';

export const groupTitle = ({ group, provider, backend_type }: CalibrationGroup): string =>
  provider === null && backend_type === null
    ? group === 'all'
      ? 'All'
      : group
    : [provider === null ? null : PROVIDER_TITLES[provider], backend_type]
        .filter((part) => part !== null)
        .join(', ');

const HEADS: readonly (readonly [title: string, about: string])[] = [
  ['n', 'Estimates whose jobs succeeded at a known cost'],
  ['50 %', 'Actual costs inside the 50 % interval'],
  ['80 %', 'Actual costs inside the 80 % interval'],
  ['95 %', 'Actual costs inside the 95 % interval'],
  ['Bias', 'How far the middle job lies from its estimate'],
  [
    'Score',
    'Interval score: mean Winkler score of the 80 % interval by the projected cost: its width, and a fine for every miss. Less is better',
  ],
  [
    'Brier',
    'Mean squared error of confidence_score, beside that of the best constant. Less is better; below the constant, the confidence tells jobs apart',
  ],
];

/** A row per group: what its intervals and confidences come to, in words. */
export function CalibrationTable(props: {
  readonly calibration: Calibration;
  readonly chosen: string | null;
  readonly onChoose: (group: string) => void;
}): ReactNode {
  const { calibration, chosen } = props;
  const room = useListCursor({
    ids: calibration.groups.map(({ group }) => group),
    chosen,
    what: 'group',
    group: 'Costs',
    onChoose: props.onChoose,
  });
  return (
    <div className={styles.tableRoom} data-testid="calibration" ref={room}>
      <table className={styles.table} aria-label="Calibration by group">
        <thead>
          <tr>
            <th scope="col" data-text="true">
              Estimates
            </th>
            {HEADS.map(([title, about]) => (
              <th key={title} scope="col" title={about}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calibration.groups.map((group) => (
            <tr
              key={group.group}
              data-id={group.group}
              data-current={group.group === chosen}
              onClick={() => props.onChoose(group.group)}
            >
              <th scope="row">
                <button
                  type="button"
                  className={styles.nameButton}
                  aria-pressed={group.group === chosen}
                  title={`${groupTitle(group)}: show its charts`}
                  onClick={() => props.onChoose(group.group)}
                >
                  {groupTitle(group)}
                </button>
              </th>
              <td className="figure">{formatCount(group.n)}</td>
              {group.n < calibration.needed ? (
                <td colSpan={HEADS.length - 1} className={styles.notYet}>
                  not yet calibrated ({group.n} of {calibration.needed})
                </td>
              ) : (
                <Cells group={group} />
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cells(props: { readonly group: CalibrationGroup }): ReactNode {
  const { group } = props;
  const { log_bias, interval_score, brier, brier_best_constant } = group;
  return (
    <>
      {[0.5, 0.8, 0.95].map((claimed) => (
        <Covered
          key={claimed}
          claimed={claimed}
          row={group.coverage.find((one) => Math.abs(one.claimed - claimed) < 1e-9)}
        />
      ))}
      <td>
        {log_bias === null ? (
          <Figure text={UNKNOWN} />
        ) : (
          <span
            title={`median of log(actual / projected) = ${log_bias}; ${inUnit(Math.exp(log_bias), 'ratio')}`}
          >
            {biasWords(log_bias)}
          </span>
        )}
      </td>
      <td>
        <Figure text={inUnit(interval_score, 'ratio')} exact={String(interval_score)} />
      </td>
      <td>
        {brier === null ? (
          <Figure text={UNKNOWN} />
        ) : (
          <span className="figure" title={brierWords(brier, brier_best_constant)}>
            {formatSignificant(brier)}{' '}
            <span className="faint">
              {brier_best_constant === null
                ? ''
                : `${brier < brier_best_constant ? '<' : '≥'} ${formatSignificant(brier_best_constant)}`}
            </span>
          </span>
        )}
      </td>
    </>
  );
}

const brierWords = (brier: number, constant: number | null): string =>
  constant === null
    ? String(brier)
    : `${brier} ${brier < constant ? 'beats' : 'is no better than'} ${constant} of the best constant`;

function Covered(props: { readonly claimed: number; readonly row: CoverageRow | undefined }): ReactNode {
  const { row } = props;
  if (row === undefined || row.empirical === null)
    return (
      <td>
        <Figure text={UNKNOWN} unknown={`No estimate had a ${claimWords(props.claimed)}`} />
      </td>
    );
  return (
    <td title={coverageWords(row)}>
      <span className="figure">{formatPercent(row.empirical)}</span>{' '}
      <span className={styles.verdict} data-verdict={row.verdict}>
        {row.verdict}
      </span>
    </td>
  );
}
