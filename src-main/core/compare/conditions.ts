import { formatPercent } from '#shared/lib/format.ts';
import type { Condition } from '#shared/model/compare.ts';
import type { Categories } from './categories.ts';
import { type ConditionRule, conditionsFor } from './condition-list.ts';
import { finishedRows } from './outcomes.ts';
import { cell, isAsItWas, type Population } from './population.ts';
import type { Group } from './selection.ts';

const MAX_VALUES = 8;
/** Listed from this share of jobs on whose value not every group has. */
const LEAST_AFFECTED = 0.01;
/** Listed when a group's mix is this far from that of all, and farther than chance takes groups of its size. */
const LEAST_DISTANCE = 0.05;
const BEYOND_CHANCE = 2;

interface About {
  readonly by: string;
  readonly measure: string;
}

/** Conditions under which the groups were not alike, the one that affects most jobs first; those known at once. */
export function differingConditions(
  population: Population,
  groups: readonly Group[],
  about: About,
): readonly Condition[] {
  const compared = finishedGroups(population, groups);
  if (compared.length < 2) return [];
  const rules = conditionsFor(population, { ...about, slow: false });
  return byAffected(rules.map((rule) => conditionOf(rule, rule.categories(population), compared)));
}

/**
 * The same with those that labels of spans tell, which a store takes its time to read: `turn` is awaited before each,
 * and ends it when it says false. Null then, and where jobs were removed meanwhile.
 */
export async function allDifferingConditions(
  population: Population,
  groups: readonly Group[],
  about: About,
  turn: () => Promise<boolean>,
): Promise<readonly Condition[] | null> {
  const compared = finishedGroups(population, groups);
  if (compared.length < 2) return [];
  const found: (Condition | null)[] = [];
  for (const rule of conditionsFor(population, { ...about, slow: true })) {
    if (!(await turn())) return null;
    // Much is told by row, and rows of a store that lost jobs are of others now.
    if (!isAsItWas(population)) return null;
    found.push(conditionOf(rule, rule.categories(population), compared));
  }
  return byAffected(found);
}

const finishedGroups = (population: Population, groups: readonly Group[]): readonly Group[] =>
  groups
    .map(({ key, rows }) => ({ key, rows: finishedRows(population, rows) }))
    .filter(({ rows }) => rows.length > 0);

const byAffected = (found: readonly (Condition | null)[]): readonly Condition[] =>
  found.filter((one) => one !== null).sort((a, b) => b.affected - a.affected);

interface Mix {
  readonly key: string;
  readonly n: number;
  readonly counts: Int32Array;
}

function conditionOf(
  rule: ConditionRule,
  { names, of }: Categories,
  groups: readonly Group[],
): Condition | null {
  const mixes = groups.map(({ key, rows }): Mix => {
    const counts = new Int32Array(names.length);
    for (const row of rows) counts[cell(of, row)] = cell(counts, cell(of, row)) + 1;
    return { key, n: rows.length, counts };
  });
  const totals = names.map((_, value) => mixes.reduce((sum, { counts }) => sum + cell(counts, value), 0));
  const all = mixes.reduce((sum, { n }) => sum + n, 0);
  const strangers = totals.reduce(
    (sum, total, value) => (mixes.some(({ counts }) => cell(counts, value) === 0) ? sum + total : sum),
    0,
  );
  const affected = strangers / all;
  if (affected < LEAST_AFFECTED && !mixes.some((mix) => isApart(mix, totals, all))) return null;
  return {
    name: rule.name,
    title: rule.title,
    shares: sharesOf(names, mixes, totals),
    affected,
    can_match: true,
    sentence: sentenceOf(rule.title, names, mixes, affected),
  };
}

/** Total variation between a group's mix and everybody's, against what a sample of its size would show by chance. */
function isApart({ n, counts }: Mix, totals: readonly number[], all: number): boolean {
  let distance = 0;
  let byChance = 0;
  for (const [value, total] of totals.entries()) {
    if (total === 0) continue;
    const share = total / all;
    distance += Math.abs(cell(counts, value) / n - share) / 2;
    byChance += Math.sqrt((2 / Math.PI) * ((share * (1 - share)) / n)) / 2;
  }
  return distance > LEAST_DISTANCE && distance > BEYOND_CHANCE * byChance;
}

function sharesOf(
  names: readonly string[],
  mixes: readonly Mix[],
  totals: readonly number[],
): Condition['shares'] {
  const values = [...totals.keys()]
    .filter((value) => (totals[value] ?? 0) > 0)
    .sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b)
    .slice(0, MAX_VALUES);
  return mixes.map(({ key, n, counts }) => {
    const named = values
      .filter((value) => cell(counts, value) > 0)
      .map((value) => ({ value: names[value] ?? '', share: cell(counts, value) / n }));
    const rest = n - values.reduce((sum, value) => sum + cell(counts, value), 0);
    return { group: key, values: rest > 0 ? [...named, { value: '…', share: rest / n }] : named };
  });
}

/** Names the value in which two groups are farthest apart. */
function sentenceOf(
  title: string,
  names: readonly string[],
  mixes: readonly Mix[],
  affected: number,
): string {
  let widest = { gap: -1, value: 0, high: mixes[0], low: mixes[0] };
  for (const value of names.keys()) {
    const shareOf = ({ counts, n }: Mix): number => cell(counts, value) / n;
    let [high, low] = [mixes[0], mixes[0]];
    for (const mix of mixes) {
      if (high === undefined || shareOf(mix) > shareOf(high)) high = mix;
      if (low === undefined || shareOf(mix) < shareOf(low)) low = mix;
    }
    const gap = high === undefined || low === undefined ? 0 : shareOf(high) - shareOf(low);
    if (gap > widest.gap) widest = { gap, value, high, low };
  }
  const { value, high, low } = widest;
  const named = (of: number): string => `"${shown(names[of] ?? '')}" `;
  const part = (of: number, mix: Mix | undefined): string =>
    `in ${formatPercent(mix === undefined ? null : cell(mix.counts, of) / mix.n)} of ${shown(mix?.key ?? '')}`;
  // What the other group has instead says more than that it has little of this; where it has this most, it has nothing.
  const other = commonest(low);
  const most = `${title} differs: ${named(value)}${part(value, high)}, ${other === value ? '' : named(other)}${part(other, low)}.`;
  return affected === 0
    ? most
    : `${most} ${formatPercent(affected)} of the jobs have one that not every group has.`;
}

const commonest = (mix: Mix | undefined): number =>
  mix === undefined ? 0 : mix.counts.indexOf(mix.counts.reduce((most, count) => Math.max(most, count), 0));

/** A value or group key in a sentence: on one line, in the direction it is read, and not too long. */
export const shown = (key: string): string => {
  const text = key.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return text === '' ? '(none)' : clipped(text);
};

const MAX_SHOWN = 80;
const clipped = (text: string): string => {
  const characters = [...text];
  return characters.length <= MAX_SHOWN ? text : `${characters.slice(0, MAX_SHOWN - 1).join('')}…`;
};
