import { setImmediate as nextTurn } from 'node:timers/promises';
import { cliffsDelta } from '#shared/lib/statistics/cliffs-delta.ts';
import { medianDifference, priceBonett } from '#shared/lib/statistics/median-difference.ts';
import type { Count } from '#shared/lib/statistics/proportion.ts';
import type { Sample } from '#shared/lib/statistics/sample.ts';
import { eachVerdict, type VerdictResult } from '#shared/lib/statistics/verdict.ts';
import type { ComparisonVerdict, Condition, VerdictProgress } from '#shared/model/compare.ts';
import { allDifferingConditions, shown } from './conditions.ts';
import { measuredRows, sampleAt } from './groups.ts';
import type { Prepared } from './prepare.ts';
import { sentenceOf } from './sentences.ts';
import { besideSuccess, successCount, successVerdicts } from './success.ts';

/** Up to so many groups every pair is compared; more are compared with a baseline. */
export const ALL_PAIRS_UP_TO = 8;
/** Draws of bootstraps over all pairs, about half a second; beyond, differences of medians are in closed form. */
const MAX_DRAWS = 50_000_000;
const RESAMPLES = 2000;
/** Work between two turns of the event loop. */
const TURN_MS = 20;

interface Side {
  readonly key: string;
  readonly sample: Sample;
  readonly count: Count;
}

/** Compares the groups of a query; the last progress has the verdicts. Other work gets its turns in between. */
export async function* judgeGroups(
  prepared: Prepared,
  { smallest, signal }: { readonly smallest: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<VerdictProgress, void, undefined> {
  const { population, groups, measure, values } = prepared;
  const sides = groups.map(
    (group): Side => ({
      key: group.key,
      sample: sampleAt(values, measuredRows(population, group, values)),
      count: successCount(population, group),
    }),
  );
  const pairs = pairsOf(sides, prepared.baseline);
  const total = pairs.length;
  const step = (done: number): VerdictProgress => ({
    done,
    total,
    verdicts: null,
    success: null,
    conditions: null,
    smallest,
    note: null,
  });
  yield step(0);
  const draws = pairs.reduce((sum, { a, b }) => sum + RESAMPLES * (a.sample.n + b.sample.n), 0);
  const difference = draws <= MAX_DRAWS ? medianDifference : priceBonett;
  const success = successVerdicts(
    pairs.map(({ a, b }) => ({ a: { key: a.key, count: a.count }, b: { key: b.key, count: b.count } })),
    smallest,
  );
  const found: ComparisonVerdict[] = [];
  const judging = eachVerdict(
    pairs.map(({ a, b }) => ({ a: a.sample, b: b.sample })),
    { better: measure.better, smallest },
  );
  let turn = performance.now();
  for (const result of judging) {
    const pair = pairs[found.length];
    if (pair === undefined) break;
    const plain = verdictOf(pair, result, difference(pair.a.sample, pair.b.sample).value, measure, smallest);
    found.push(besideSuccess(plain, success[found.length]));
    if (performance.now() - turn < TURN_MS) continue;
    yield step(found.length);
    await nextTurn();
    if (signal?.aborted === true) return;
    turn = performance.now();
  }
  const about = { by: prepared.by, measure: measure.measure };
  const conditions = await allDifferingConditions(population, groups, about, async () => {
    await nextTurn();
    return signal?.aborted !== true;
  });
  if (signal?.aborted === true) return;
  const note = noteOn(prepared, sides, conditions);
  yield { done: total, total, verdicts: found, success, conditions, smallest, note };
}

/** Groups without a value are no baseline that anybody asked for. */
function pairsOf(sides: readonly Side[], wanted: string | null) {
  const asked = sides.find(({ key }) => key === wanted);
  const baseline = asked ?? (sides.length > ALL_PAIRS_UP_TO ? largest(sides) : undefined);
  if (baseline !== undefined)
    return sides.filter((side) => side !== baseline).map((a) => ({ a, b: baseline }));
  return sides.flatMap((a, i) => sides.slice(i + 1).map((b) => ({ a, b })));
}

const largest = (sides: readonly Side[]): Side | undefined =>
  sides.reduce<Side | undefined>(
    (best, side) => (best === undefined || side.sample.n > best.sample.n ? side : best),
    undefined,
  );

function verdictOf(
  { a, b }: { readonly a: Side; readonly b: Side },
  result: VerdictResult,
  difference: { readonly estimate: number; readonly low: number; readonly high: number } | null,
  measure: Prepared['measure'],
  smallest: number,
): ComparisonVerdict {
  const isRatio = result.ratio.reason !== 'not_positive';
  const effect = isRatio ? result.ratio.value : result.shift.value;
  const judged = {
    measure: measure.measure,
    a: a.key,
    b: b.key,
    verdict: result.verdict,
    effect: effect?.estimate ?? null,
    effect_low: effect?.low ?? null,
    effect_high: effect?.high ?? null,
    effect_kind: isRatio ? ('ratio' as const) : ('difference' as const),
    difference: difference?.estimate ?? null,
    difference_low: difference?.low ?? null,
    difference_high: difference?.high ?? null,
    p: result.adjustedP,
    cliffs_delta: cliffsDelta(a.sample, b.sample).value?.estimate ?? null,
    more_runs: result.more === null ? null : Math.max(result.more.a, result.more.b),
  };
  return {
    ...judged,
    sentence: sentenceOf(
      { ...judged, n: result.n, isTypicallyAlike: result.isTypicallyAlike },
      measure,
      smallest,
    ),
  };
}

function noteOn(
  { groups, baseline }: Prepared,
  sides: readonly Side[],
  conditions: readonly Condition[] | null,
): string | null {
  const parts: string[] = [];
  if (conditions === null)
    parts.push(
      'Jobs were removed while they were compared: labels of their spans (versions, hardware) were not looked at.',
    );
  if (baseline === null && groups.length > ALL_PAIRS_UP_TO)
    parts.push(
      `More than ${ALL_PAIRS_UP_TO} groups: each is compared with the largest, ${shown(largest(sides)?.key ?? '')}.`,
    );
  if (conditions !== null && conditions.length > 0) {
    const names = conditions.map(({ name }) => name).join(', ');
    parts.push(
      `The groups also differ in ${names}: what is found may come from there. Compare only matched jobs to rule it out.`,
    );
  }
  return parts.length === 0 ? null : parts.join(' ');
}
