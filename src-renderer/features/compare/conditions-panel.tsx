import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { groupName } from '#renderer/charts/series.ts';
import { formatPercent } from '#shared/lib/format.ts';
import type { Condition } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import { conditionTitle } from './words.ts';

/** The gate before any verdict: under which conditions the groups were not alike, and how to compare only like with like. */
export function ConditionsPanel(props: {
  readonly conditions: readonly Condition[];
  /** Told by labels of spans, which came after the figures. */
  readonly late: readonly Condition[];
  readonly waiting: boolean;
  readonly matched: readonly string[];
  readonly matchedLine: string | null;
  readonly onMatch: (name: string) => void;
}): ReactNode {
  const { conditions, late, matched, onMatch } = props;
  const [showLate, setShowLate] = useState(false);
  const differ = conditions.length + late.length;
  return (
    <section className={styles.section} aria-label="Comparability" data-testid="conditions">
      <h2>
        {differ === 0 ? (
          props.waiting ? (
            'Comparability'
          ) : (
            'Comparable: no condition differs'
          )
        ) : (
          <span className={styles.warning}>
            <span aria-hidden="true">⚠ </span>
            {differ} {differ === 1 ? 'condition differs' : 'conditions differ'} between the groups
          </span>
        )}
      </h2>
      {matched.length > 0 && (
        <div className={styles.matched}>
          <span>{props.matchedLine}</span>
          {matched.map((name) => (
            <Button key={name} variant="light" aria-pressed onClick={() => onMatch(name)}>
              Matched: {conditionTitle(name)} ✕
            </Button>
          ))}
        </div>
      )}
      {conditions.length > 0 && (
        <ul className={styles.list}>
          {conditions.map((one) => (
            <ConditionRow key={one.name} condition={one} onMatch={onMatch} />
          ))}
        </ul>
      )}
      {/* One line from the start: what labels tell comes later and may not push the verdicts down. */}
      <div className={`dim ${styles.late}`}>
        {late.length > 0 ? (
          <>
            Also differing, as labels of spans tell: {late.map(({ title }) => title.toLowerCase()).join(', ')}
            .{' '}
            <Button variant="subtle" aria-expanded={showLate} onClick={() => setShowLate(!showLate)}>
              {showLate ? 'Hide' : 'Show'}
            </Button>
          </>
        ) : props.waiting ? (
          'Looking at versions and hardware…'
        ) : (
          'Also looked at: versions of agent, driver, server and tools; hardware.'
        )}
      </div>
      {showLate && (
        <ul className={styles.list}>
          {late.map((one) => (
            <ConditionRow key={one.name} condition={one} onMatch={onMatch} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ConditionRow(props: {
  readonly condition: Condition;
  readonly onMatch: (name: string) => void;
}): ReactNode {
  const { condition, onMatch } = props;
  const [open, setOpen] = useState(false);
  const values = valuesOf(condition);
  return (
    <li className={styles.condition} data-condition={condition.name}>
      <div className={styles.conditionLine}>
        <button
          type="button"
          className={styles.disclose}
          aria-expanded={open}
          title="Shares by group"
          onClick={() => setOpen(!open)}
        >
          <span aria-hidden="true">{open ? '▾' : '▸'}</span>
          <span className={styles.sentence} title={condition.sentence}>
            {condition.sentence}
          </span>
        </button>
        <MiniShares condition={condition} values={values} />
        <span
          className="figure dim"
          title="Share of all compared jobs whose value does not occur in every group"
        >
          {formatPercent(condition.affected)}
        </span>
        {condition.can_match && (
          <Button
            variant="default"
            title="Compare only jobs whose value of it occurs in every group, in the same mix"
            aria-label={`Compare only matched: ${conditionTitle(condition.name)}`}
            onClick={() => onMatch(condition.name)}
          >
            Match
          </Button>
        )}
      </div>
      {open && (
        <div className={styles.shares}>
          {condition.shares.map(({ group, values: own }) => (
            <div key={group} className={styles.shareRow}>
              <span className={styles.sentence} title={groupName(group)}>
                {groupName(group)}
              </span>
              <span className={styles.shareBar}>
                {own.map(({ value, share }) => (
                  <span
                    key={value}
                    className={styles.share}
                    data-value={values.indexOf(value) % 8}
                    style={{ flexGrow: share }}
                    title={`${value === '' ? '(none)' : value}: ${formatPercent(share)}`}
                  >
                    {value === '' ? '(none)' : value} {formatPercent(share)}
                  </span>
                ))}
              </span>
            </div>
          ))}
        </div>
      )}
    </li>
  );
}

/** Values in one order for every group, so that the same value has the same colour. */
const valuesOf = ({ shares }: Condition): readonly string[] => [
  ...new Set(shares.flatMap(({ values }) => values.map(({ value }) => value))),
];

function MiniShares(props: { readonly condition: Condition; readonly values: readonly string[] }): ReactNode {
  const shown = props.condition.shares.slice(0, 3);
  return (
    <span className={styles.mini} aria-hidden="true">
      {shown.map(({ group, values }) => (
        <span key={group} className={styles.miniBar}>
          {values.map(({ value, share }) => (
            <span
              key={value}
              className={styles.share}
              data-value={props.values.indexOf(value) % 8}
              style={{ flexGrow: share }}
            />
          ))}
        </span>
      ))}
    </span>
  );
}
