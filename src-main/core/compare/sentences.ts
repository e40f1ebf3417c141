import { inUnit } from '#shared/lib/figure-text.ts';
import { formatPercent, formatRuns, formatSignificant } from '#shared/lib/format.ts';
import type { ComparisonVerdict, MeasureInfo } from '#shared/model/compare.ts';
import { shown } from './conditions.ts';

type Judged = Omit<ComparisonVerdict, 'sentence'> & {
  readonly n: { readonly a: number; readonly b: number };
  readonly isTypicallyAlike: boolean;
};

/** Comparatives by unit: a lower value, a higher one. */
const WORDS: Readonly<Record<MeasureInfo['unit'], readonly [lower: string, higher: string]>> = {
  ms: ['faster', 'slower'],
  usd: ['cheaper', 'dearer'],
  tokens: ['lower', 'higher'],
  tokens_per_second: ['slower', 'faster'],
};

/** The verdict in words, effect first. */
export function sentenceOf(judged: Judged, { title, unit, better }: MeasureInfo, smallest: number): string {
  const [a, b] = [shown(judged.a), shown(judged.b)];
  const counts = `(n ${judged.n.a} and ${judged.n.b})`;
  const [lower, higher] = WORDS[unit];
  switch (judged.verdict) {
    case 'better':
    case 'worse': {
      // Not by the effect's sign: ties may hold the typical difference at none.
      const isHigher = (judged.verdict === 'better') === (better === 'higher');
      const [word, other] = isHigher ? [higher, lower] : [lower, higher];
      if (judged.isTypicallyAlike)
        return `${a} is more often ${word} than ${b} on ${title} than ${other}, though typically they differ by no more than ${formatPercent(smallest)} ${counts}.`;
      return `${a} is ${extentOf(judged, isHigher, unit)} ${word} than ${b} on ${title} ${counts}.`;
    }
    case 'no_difference':
      return `No difference larger than ${formatPercent(smallest)} between ${a} and ${b} on ${title} ${counts}.`;
    case 'not_enough': {
      const more = judged.more_runs;
      const wanted =
        more === null
          ? 'how many more it takes cannot be reckoned'
          : `about ${formatRuns(more)} more ${more === 1 ? 'run' : 'runs'} per group`;
      return `Not enough runs to say whether ${a} or ${b} is ${unit === 'tokens' ? 'lower' : unit === 'usd' ? 'cheaper' : 'faster'} on ${title} ${counts}: ${wanted}.`;
    }
  }
}

/** "1.4 to 1.9 times", "up to 1.2 times", "1.2 s to 3.4 s". */
function extentOf(
  { effect_low, effect_high, effect_kind }: Judged,
  isHigher: boolean,
  unit: MeasureInfo['unit'],
): string {
  if (effect_low === null || effect_high === null) return '';
  const isRatio = effect_kind === 'ratio';
  const none = isRatio ? 1 : 0;
  const sizeOf = (value: number): number =>
    isRatio ? (isHigher ? value : 1 / value) : isHigher ? value : -value;
  const [least, most] = [sizeOf(effect_low), sizeOf(effect_high)].sort((x, y) => x - y) as [number, number];
  const text = (size: number): string => (isRatio ? times(size) : inUnit(size, unit));
  const range =
    least <= none
      ? `up to ${text(most)}`
      : text(least) === text(most)
        ? text(most)
        : `${text(least)} to ${text(most)}`;
  return isRatio ? `${range} times` : range;
}

/** Two digits that count, three near 1. */
const times = (ratio: number): string =>
  ratio === Number.POSITIVE_INFINITY
    ? '∞'
    : formatSignificant(ratio, ratio < 1.02 ? 4 : ratio < 2 ? 3 : 2)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
