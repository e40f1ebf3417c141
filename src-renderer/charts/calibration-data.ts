import { formatPercent } from '#shared/lib/format.ts';
import type { CalibrationGroup, CoverageRow } from '#shared/model/costs.ts';
import type { ChartTable } from './chart-table.ts';

export const claimWords = (claimed: number): string => `${Math.round(claimed * 100)} % interval`;

export const verdictColour = (verdict: CoverageRow['verdict']): string =>
  verdict === 'as claimed'
    ? 'var(--status-ok)'
    : verdict === 'too narrow'
      ? 'var(--status-error)'
      : verdict === 'too wide'
        ? 'var(--status-warning)'
        : 'var(--text-faint)';

export const coverageWords = ({
  claimed,
  inside,
  n,
  empirical,
  band_low,
  band_high,
  verdict,
}: CoverageRow): string =>
  empirical === null
    ? `${claimWords(claimed)}: nothing to judge it by.`
    : `${claimWords(claimed)}: ${inside} of ${n} inside, ${formatPercent(empirical)}; if the claim is true, between ${formatPercent(band_low)} and ${formatPercent(band_high)}: ${verdict}.`;

/** What the intervals of a group come to, worst first. */
export function coverageTitle({ n, coverage }: CalibrationGroup, needed: number): string {
  if (n < needed) return `Not yet calibrated: ${n} of ${needed} jobs`;
  const of = (verdict: CoverageRow['verdict']): string => {
    const levels = coverage.flatMap((row) => (row.verdict === verdict ? Math.round(row.claimed * 100) : []));
    const last = levels.pop();
    if (last === undefined) return '';
    return levels.length === 0 ? `${last} %` : `${levels.join(', ')} and ${last} %`;
  };
  const narrow = of('too narrow');
  if (narrow !== '')
    return `Intervals of ${narrow} are too narrow: costs lie outside more often than claimed`;
  const wide = of('too wide');
  if (wide !== '') return `Intervals of ${wide} are wider than they need to be`;
  return 'Intervals hold what they claim';
}

export const coverageTable = ({ coverage }: CalibrationGroup): ChartTable => {
  const share = { format: formatPercent };
  return {
    columns: [
      { id: 'claimed', title: 'Claimed', ...share },
      { id: 'empirical', title: 'Came true', ...share },
      { id: 'inside', title: 'Inside', format: String },
      { id: 'n', title: 'n', format: String },
      { id: 'band_low', title: 'Band from', ...share },
      { id: 'band_high', title: 'to', ...share },
      { id: 'verdict', title: 'Verdict' },
    ],
    rows: coverage.map((row) => [
      row.claimed,
      row.empirical,
      row.inside,
      row.n,
      row.band_low,
      row.band_high,
      row.verdict,
    ]),
  };
};

type Bin = CalibrationGroup['reliability'][number];

const isAsClaimed = ({ happened, band_low, band_high }: Bin): boolean =>
  happened >= band_low && happened <= band_high;

export const binWords = (bin: Bin): string =>
  `Confidence of ${formatPercent(bin.claimed)}: came true for ${formatPercent(bin.happened)} of ${bin.n}${isAsClaimed(bin) ? ', as claimed' : bin.happened > bin.claimed ? ', more often than claimed' : ', less often than claimed'}.`;

export function reliabilityTitle({ n, reliability }: CalibrationGroup, needed: number): string {
  if (n < needed || reliability.length === 0) return 'Does confidence_score come true?';
  const off = reliability.filter((bin) => !isAsClaimed(bin));
  if (off.length === 0) return 'confidence_score comes true as often as it says';
  const over = off.filter(({ happened, claimed }) => happened < claimed).length;
  return over === off.length
    ? 'confidence_score promises more than comes true'
    : over === 0
      ? 'confidence_score promises less than comes true'
      : `confidence_score is off in ${off.length} of ${reliability.length} bins`;
}

export const reliabilityTable = ({ reliability }: CalibrationGroup): ChartTable => {
  const share = { format: formatPercent };
  return {
    columns: [
      { id: 'claimed', title: 'Claimed', ...share },
      { id: 'happened', title: 'Came true', ...share },
      { id: 'n', title: 'n', format: String },
      { id: 'band_low', title: 'Band from', ...share },
      { id: 'band_high', title: 'to', ...share },
    ],
    rows: reliability.map((bin) => [bin.claimed, bin.happened, bin.n, bin.band_low, bin.band_high]),
  };
};
