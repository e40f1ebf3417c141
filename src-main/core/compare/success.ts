import { formatRuns, formatSignificant } from '#shared/lib/format.ts';
import type { Count } from '#shared/lib/statistics/proportion.ts';
import { type RateVerdict, rateVerdicts } from '#shared/lib/statistics/rate-verdict.ts';
import { type ComparisonVerdict, isTradeOff, SUCCESS } from '#shared/model/compare.ts';
import { shown } from './conditions.ts';
import { FAILED, outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/** A group's successes among its jobs that succeeded or failed. */
export function successCount(population: Population, { rows }: Group): Count {
  const outcomes = outcomesOf(population);
  let [successes, failures] = [0, 0];
  for (const row of rows) {
    if (cell(outcomes, row) === SUCCEEDED) successes++;
    else if (cell(outcomes, row) === FAILED) failures++;
  }
  return { successes, n: successes + failures };
}

interface Side {
  readonly key: string;
  readonly count: Count;
}

/** Verdicts on how often each pair succeeds; `smallest` as a fraction is so many percentage points. */
export function successVerdicts(
  pairs: readonly { readonly a: Side; readonly b: Side }[],
  smallest: number,
): readonly ComparisonVerdict[] {
  const results = rateVerdicts(
    pairs.map(({ a, b }) => ({ a: a.count, b: b.count })),
    { smallest },
  );
  return pairs.flatMap(({ a, b }, i) => {
    const result = results[i];
    return result === undefined ? [] : [verdictOf(a.key, b.key, result, smallest)];
  });
}

function verdictOf(a: string, b: string, result: RateVerdict, smallest: number): ComparisonVerdict {
  const points = (share: number | undefined): number | null => (share === undefined ? null : share * 100);
  const { value } = result.difference;
  const judged = {
    measure: SUCCESS,
    a,
    b,
    verdict: result.verdict,
    effect: points(value?.estimate),
    effect_low: points(value?.low),
    effect_high: points(value?.high),
    effect_kind: 'difference' as const,
    difference: null,
    difference_low: null,
    difference_high: null,
    p: result.adjustedP,
    cliffs_delta: null,
    more_runs: result.more === null ? null : Math.max(result.more.a, result.more.b),
  };
  return { ...judged, sentence: sentenceOf(judged, result.n, smallest) };
}

function sentenceOf(
  judged: Omit<ComparisonVerdict, 'sentence'>,
  n: RateVerdict['n'],
  smallest: number,
): string {
  const [a, b] = [shown(judged.a), shown(judged.b)];
  const counts = `n ${n.a} and ${n.b}`;
  switch (judged.verdict) {
    case 'better':
    case 'worse': {
      const effect = Math.abs(judged.effect ?? 0);
      return `${a} succeeds ${pointsOf(effect)} ${often(judged)} than ${b} (${rangeOf(judged)}; ${counts}).`;
    }
    case 'no_difference':
      return `No difference larger than ${pointsOf(smallest * 100)} in how often ${a} and ${b} succeed (${counts}).`;
    case 'not_enough': {
      const more = judged.more_runs;
      const wanted =
        more === null
          ? 'how many more it takes cannot be reckoned'
          : `about ${formatRuns(more)} more ${more === 1 ? 'run' : 'runs'} per group`;
      return `Not enough runs to say whether ${a} or ${b} succeeds more often (${counts}): ${wanted}.`;
    }
  }
}

const often = ({ effect }: { readonly effect: number | null }): string =>
  (effect ?? 0) > 0 ? 'more often' : 'less often';

/** Whole points from 10 on. */
const figure = (points: number): string =>
  points >= 10 ? String(Math.round(points)) : formatSignificant(points, 2).replace(/\.0$/, '');
const pointsOf = (points: number): string =>
  `${figure(points)} ${figure(points) === '1' ? 'point' : 'points'}`;

/** "4 to 21". */
function rangeOf({ effect_low, effect_high }: Pick<ComparisonVerdict, 'effect_low' | 'effect_high'>): string {
  const ends = [Math.abs(effect_low ?? 0), Math.abs(effect_high ?? 0)].sort((x, y) => x - y);
  return ends.map(figure).join(' to ');
}

/** The verdict on a measure, its sentence with what is paid for it in success. */
export function besideSuccess(
  verdict: ComparisonVerdict,
  success: ComparisonVerdict | undefined,
): ComparisonVerdict {
  if (success === undefined || !isTradeOff(verdict, success)) return verdict;
  const sentence = verdict.sentence.replace(
    /\.$/,
    `, but succeeds ${pointsOf(Math.abs(success.effect ?? 0))} ${often(success)}.`,
  );
  return { ...verdict, sentence };
}
