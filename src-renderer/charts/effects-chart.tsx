import type { ReactNode } from 'react';
import type { ComparisonVerdict, MeasureInfo } from '#shared/model/compare.ts';
import { drawnTogether, effectFigure, effectUnit, pairName } from './effects-data.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { domainOf, scaleOf } from './scale.ts';

const ROW = 28;
const COLOURS = {
  better: 'var(--status-ok)',
  worse: 'var(--status-error)',
  no_difference: 'var(--text)',
  not_enough: 'var(--text-faint)',
} as const;

/** Effects with their intervals on a log axis around 1, "no difference". */
export function EffectsChart(props: {
  readonly verdicts: readonly ComparisonVerdict[];
  readonly measure: MeasureInfo;
  readonly width: number;
}): ReactNode {
  const { verdicts, measure, width } = props;
  const unit = effectUnit(verdicts, measure);
  const drawn = drawnTogether(verdicts);
  const isRatio = unit === 'ratio';
  const none = isRatio ? 1 : 0;
  const rows = drawn.map((verdict) => ({
    id: `${verdict.a}\n${verdict.b}`,
    label: pairName(verdict),
    figure: effectFigure(verdict, unit),
    words: verdict.sentence,
  }));
  const margins = rowMargins(rows, width);
  const domain = domainOf(
    drawn.flatMap(({ effect, effect_low, effect_high }) => [effect, effect_low, effect_high, none]),
    isRatio,
  );
  const scale = scaleOf(domain, [margins.left, width - margins.right], {
    log: isRatio,
    unit: isRatio ? 'ratio' : measure.unit,
    count: Math.max(3, Math.min(8, width / 120)),
  });
  const higher = measure.unit === 'ms' ? 'slower' : 'higher';
  const lower = measure.unit === 'ms' ? 'faster' : 'lower';
  if (drawn.length === 0) return <p className="dim">No pair has enough values for an effect.</p>;
  return (
    <RowPlot
      rows={rows}
      scale={scale}
      unit={unit}
      axis={`${isRatio ? 'A / B' : 'A − B'}: left of the line A is ${lower}, right of it ${higher}`}
      width={width}
      rowHeight={ROW}
      margins={margins}
      reference={none}
      marks={(at, middle) => {
        const verdict = drawn[at];
        if (verdict === undefined || verdict.effect === null) return null;
        const x = scale.at(verdict.effect);
        const colour = COLOURS[verdict.verdict];
        return (
          <g pointerEvents="none" stroke={colour} fill={colour}>
            {verdict.effect_low !== null && verdict.effect_high !== null && (
              <path
                d={`M${scale.at(verdict.effect_low)} ${middle}H${scale.at(verdict.effect_high)}M${scale.at(verdict.effect_low)} ${middle - 4}v8M${scale.at(verdict.effect_high)} ${middle - 4}v8`}
                strokeWidth={1.75}
                strokeDasharray={verdict.verdict === 'not_enough' ? '3 2' : undefined}
                fill="none"
              />
            )}
            <path
              d={`M${x - 4.5} ${middle}L${x} ${middle - 4.5}L${x + 4.5} ${middle}L${x} ${middle + 4.5}z`}
              fill={verdict.verdict === 'not_enough' ? 'var(--bg-page)' : colour}
            />
          </g>
        );
      }}
    />
  );
}
