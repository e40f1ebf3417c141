import type { Statement } from 'better-sqlite3';
import type { Db } from '#core/store/database.ts';
import { median } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import { type Assumed, LIKENESSES, type Likeness } from '#shared/model/estimate.ts';
import type { Seconds } from '#shared/model/units.ts';
import type { Comparable, CostHistory, Residuals } from './seams.ts';

/** A median is of the latest 31: a change of costs is followed within a few dozen jobs. */
const MEDIAN_OF = 31;
const MEDIAN_NEEDS = 5;
const RESIDUALS = 200;
export const RESIDUALS_NEEDED = 20;
/** Jobs looked at for those that say what is asked for. */
const LOOKED_AT = 200;

/** From the finest group to the coarsest; each is the head of an index of migration 10-costs. */
const LEVELS = LIKENESSES.map((alike, i) => ({ alike, columns: LIKENESSES.slice(0, i + 1) })).toReversed();
const INDEX_SUFFIX = {
  provider: 'provider',
  backend_type: 'backend',
  model: 'model',
  agent: 'agent',
} as const;

const SUCCESSES = "status = 'succeeded' AND demo = 0";

interface Level {
  readonly alike: Likeness;
  readonly columns: readonly Likeness[];
  readonly outcomes: Statement;
  readonly residuals: Statement;
}

interface Outcome {
  readonly duration_s: Seconds | null;
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
}

/** The two queries of a level. Each names its index: without figures about the tables SQLite takes any. */
export function historyQueries(alike: Likeness): { readonly outcomes: string; readonly residuals: string } {
  const columns = LIKENESSES.slice(0, LIKENESSES.indexOf(alike) + 1);
  const group = columns.map((column) => `${column} = ?`).join(' AND ');
  const from = (index: string): string => `FROM rs_outcome INDEXED BY idx_rs_${index}_${INDEX_SUFFIX[alike]}`;
  const latest = (limit: number): string => `ORDER BY seq DESC LIMIT ${limit}`;
  return {
    outcomes: `SELECT duration_s, tokens_in, tokens_out ${from('outcome')} WHERE ${group} AND ${SUCCESSES} ${latest(LOOKED_AT)}`,
    residuals: `SELECT log_ratio ${from('residual')} WHERE ${group} AND grounds = ? AND ${SUCCESSES} AND log_ratio IS NOT NULL ${latest(RESIDUALS)}`,
  };
}

/** What rs_outcome teaches. Order is that in which jobs ended, whatever the clock said. */
export function createHistory(db: Db): CostHistory {
  const levels = LEVELS.map(({ alike, columns }): Level => {
    const sql = historyQueries(alike);
    return {
      alike,
      columns,
      outcomes: db.prepare(sql.outcomes),
      residuals: db.prepare(sql.residuals).pluck(),
    };
  });

  /** The first answer, from the finest group on, of the groups that `of` names. */
  function finest<T>(of: Comparable, answer: (level: Level, key: readonly string[]) => T | null): T | null {
    for (const level of levels) {
      const key = level.columns.map((column) => of[column]).filter((value) => value !== null);
      const found = key.length === level.columns.length ? answer(level, key) : null;
      if (found !== null) return found;
    }
    return null;
  }

  const latest = <T>(of: Comparable, figure: (outcome: Outcome) => T | null) =>
    finest(of, ({ alike, outcomes }, key): Found<T> | null => {
      const values = (outcomes.all(...key) as Outcome[])
        .map(figure)
        .filter((value) => value !== null)
        .slice(0, MEDIAN_OF);
      return values.length < MEDIAN_NEEDS ? null : { values, group: groupName(key), alike };
    });

  return {
    duration(of): Assumed<Seconds> | null {
      // 0: the clock was set back while the job ran.
      const found = latest(of, ({ duration_s }) =>
        duration_s !== null && duration_s > 0 ? duration_s : null,
      );
      if (found === null) return null;
      return assumed(middle(found.values), found);
    },

    tokens(of) {
      const found = latest(of, ({ tokens_in, tokens_out }) =>
        // No tokens at all: whoever counted them did not know.
        tokens_in === null || tokens_out === null || tokens_in + tokens_out <= 0
          ? null
          : { input: tokens_in, output: tokens_out },
      );
      if (found === null) return null;
      const { values } = found;
      return assumed(
        {
          input: middle(values.map(({ input }) => input)),
          output: middle(values.map(({ output }) => output)),
        },
        found,
      );
    },

    residuals: (of, alike): Residuals | null =>
      finest(of, ({ residuals }, key) => {
        const values = residuals.all(...key, alike) as number[];
        return values.length < RESIDUALS_NEEDED ? null : { values, group: groupName(key) };
      }),
  };
}

const middle = (values: readonly number[]): number => {
  const sample = sampleOf(values).value;
  return (sample === null ? null : median(sample).value) ?? Number.NaN;
};

interface Found<T> {
  readonly values: readonly T[];
  readonly group: string;
  readonly alike: Likeness;
}

const assumed = <T>(value: T, { values, group, alike }: Found<unknown>): Assumed<T> => ({
  value,
  source: 'history',
  n: values.length,
  group,
  alike,
});

/** "prompt with llama3.1:8b on ollama". */
function groupName([provider = '', backend, model, agent]: readonly string[]): string {
  const on = backend === undefined ? `anything on ${provider}` : backend;
  if (model === undefined) return on;
  return agent === undefined ? `${model} on ${on}` : `${agent} with ${model} on ${on}`;
}
