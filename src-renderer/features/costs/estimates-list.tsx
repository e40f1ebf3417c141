import type { ReactNode } from 'react';
import { ratioOf } from '#renderer/charts/estimates-data.ts';
import { inUnit } from '#renderer/charts/units.ts';
import { paths } from '#renderer/client/routes.ts';
import { useListCursor } from '#renderer/widgets/actions/use-list-cursor.ts';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import { formatId, formatPercent } from '#shared/lib/format.ts';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import { OWN } from '#shared/model/source.ts';
import styles from './costs.module.css';

/** Estimates to choose from; a choice is explained beside the list. */
export function EstimatesList(props: {
  readonly outcomes: readonly EstimateOutcome[];
  readonly chosen: string | null;
  readonly onChoose: (jobId: string) => void;
  readonly onOpen: (jobId: string) => void;
}): ReactNode {
  const { outcomes, chosen } = props;
  const room = useListCursor({
    ids: outcomes.map(({ job_id }) => job_id),
    chosen,
    what: 'estimate',
    group: 'Costs',
    onChoose: props.onChoose,
    open: { title: 'Open the chosen job', run: props.onOpen },
  });
  return (
    <div className={styles.tableRoom} data-testid="estimates" ref={room}>
      <table className={styles.table} aria-label="Estimates">
        <thead>
          <tr>
            {['Job', 'Backend, model', 'Estimated', 'Projected', 'Actual', 'Ratio', 'Confidence'].map(
              (title, at) => (
                <th key={title} scope="col" data-text={at < 2} data-wide={at === 6}>
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {outcomes.map((one) => {
            const words = [one.backend_type, one.model, one.agent].filter((part) => part !== null).join(', ');
            return (
              <tr
                key={one.job_id}
                data-id={one.job_id}
                data-current={one.job_id === chosen}
                onClick={() => props.onChoose(one.job_id)}
              >
                <th scope="row">
                  <button
                    type="button"
                    className={styles.nameButton}
                    aria-pressed={one.job_id === chosen}
                    title={`${one.job_id}: explain its estimate`}
                    onClick={() => props.onChoose(one.job_id)}
                    onDoubleClick={() => props.onOpen(one.job_id)}
                  >
                    <span className="figure">{formatId(one.job_id)}</span>
                  </button>{' '}
                  <a
                    className={styles.jump}
                    href={`#${paths.job(OWN, one.job_id)}`}
                    aria-label={`Open job ${one.job_id}`}
                    title="Open the job"
                  >
                    ↗
                  </a>
                </th>
                <td data-text="true" className={styles.clip} title={words}>
                  {words}
                </td>
                <td>
                  <Ago at={one.estimated_at} short />
                </td>
                <td>
                  <Money usd={one.projected_usd} unknown="Nobody could say" />
                </td>
                <td>
                  <Money usd={one.actual_usd} unknown={unknownActual(one)} />
                </td>
                <td>
                  <Ratio outcome={one} />
                </td>
                <td className="figure" data-wide="true">
                  {formatPercent(one.confidence_score)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export const unknownActual = ({ ended_at }: EstimateOutcome): string =>
  ended_at === null ? 'Not ended yet' : 'Nobody knows what it cost';

/** Unsuccessful jobs are not what an estimate is of. */
export function Ratio(props: { readonly outcome: EstimateOutcome }): ReactNode {
  const { outcome } = props;
  const ratio = ratioOf(outcome);
  if (ratio !== null && outcome.status !== 'succeeded')
    return (
      <span className="faint" title="An estimate is of the job done: this one is not judged">
        {outcome.status}
      </span>
    );
  return (
    <Figure
      text={inUnit(ratio, 'ratio')}
      exact={`actual / projected = ${ratio}`}
      unknown="Not known while one of the two is not"
    />
  );
}
