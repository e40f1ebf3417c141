import { formatSignificant } from '#shared/lib/format.ts';
import type { ComparisonVerdict, MeasureInfo, VerdictWord } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, shortName } from './series.ts';
import { type ChartUnit, inUnit } from './units.ts';

/** A verdict as a word that stands alone. */
export const VERDICT_WORDS: Readonly<Record<VerdictWord, string>> = {
  better: 'better',
  worse: 'worse',
  no_difference: 'no difference',
  not_enough: 'not enough runs',
};

export const effectUnit = (verdicts: readonly ComparisonVerdict[], measure: MeasureInfo): ChartUnit =>
  verdicts.some(({ effect_kind }) => effect_kind === 'difference') ? measure.unit : 'ratio';

/** Ratios and differences have no common axis: where one pair has no ratio, all others are left out. */
export function drawnTogether(verdicts: readonly ComparisonVerdict[]): readonly ComparisonVerdict[] {
  const kind = verdicts.some(({ effect_kind }) => effect_kind === 'difference') ? 'difference' : 'ratio';
  return verdicts.filter(
    ({ effect, effect_low, effect_high, effect_kind }) =>
      effect_kind === kind &&
      effect !== null &&
      Number.isFinite(effect) &&
      Number.isFinite(effect_low ?? 0) &&
      Number.isFinite(effect_high ?? 0) &&
      (kind === 'difference' || (effect > 0 && (effect_low ?? 1) > 0)),
  );
}

export function effectsTitle(verdicts: readonly ComparisonVerdict[] | null): string {
  if (verdicts === null || verdicts.length === 0) return 'Which differences are larger than chance?';
  const found = verdicts.filter(({ verdict }) => verdict === 'better' || verdict === 'worse').length;
  const same = verdicts.filter(({ verdict }) => verdict === 'no_difference').length;
  if (verdicts.length === 1) return verdicts[0]?.sentence ?? '';
  if (found === 0 && same === verdicts.length) return 'No difference worth a name between any two groups';
  if (found === 0) return `None of ${verdicts.length} comparisons shows a difference`;
  return `${found} of ${verdicts.length} comparisons ${found === 1 ? 'shows' : 'show'} a difference`;
}

export const pairName = ({ a, b }: ComparisonVerdict): string => `${shortName(a)} / ${shortName(b)}`;

export function effectFigure(verdict: ComparisonVerdict, unit: ChartUnit): string {
  const { effect, effect_low, effect_high } = verdict;
  if (effect === null) return '–';
  const text = (value: number | null): string =>
    value === null ? '–' : unit === 'ratio' ? formatSignificant(value) : inUnit(value, unit);
  return `${text(effect)} [${text(effect_low)}, ${text(effect_high)}]`;
}

export function effectsTable(verdicts: readonly ComparisonVerdict[], measure: MeasureInfo): ChartTable {
  const number = { format: (value: number) => formatSignificant(value) };
  const amount = { format: (value: number) => inUnit(value, measure.unit) };
  return {
    columns: [
      { id: 'a', title: 'A' },
      { id: 'b', title: 'B' },
      { id: 'verdict', title: 'A is' },
      { id: 'effect_kind', title: 'Effect is' },
      { id: 'effect', title: 'Effect', ...number },
      { id: 'effect_low', title: 'Low', ...number },
      { id: 'effect_high', title: 'High', ...number },
      { id: 'difference', title: 'Difference of medians', ...amount },
      { id: 'difference_low', title: 'Low', ...amount },
      { id: 'difference_high', title: 'High', ...amount },
      { id: 'p', title: 'p (Holm)', ...number },
      { id: 'cliffs_delta', title: "Cliff's δ", ...number },
      { id: 'more_runs', title: 'More runs', format: (value) => value.toLocaleString('en-US') },
      { id: 'sentence', title: 'In words' },
    ],
    rows: verdicts.map((one) => [
      groupName(one.a),
      groupName(one.b),
      VERDICT_WORDS[one.verdict],
      one.effect_kind,
      one.effect,
      one.effect_low,
      one.effect_high,
      one.difference,
      one.difference_low,
      one.difference_high,
      one.p,
      one.cliffs_delta,
      one.more_runs,
      one.sentence,
    ]),
  };
}
