import type { ReactNode } from 'react';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { ChartTable } from './chart-table.ts';
import { RowPlot, rowMargins } from './row-plot.tsx';
import { domainOf, scaleOf } from './scale.ts';
import { inUnit } from './units.ts';

const ROW = 38;
const BAR = 12;
/** 90th percentile of the standard normal: 80 % lie between it and its mirror image. */
const Z80 = 1.281_551_565_5;

type Drivers = CostEstimate['drivers'];

/** By which factor the cost may be off either way, 80 times of 100, if only this were in doubt. */
export const factorOf = (logSigma: number): number => Math.exp(Z80 * logSigma);

/** What widens an estimate, widest first: how far each source of doubt alone may move the cost. */
export function TornadoChart(props: { readonly drivers: Drivers; readonly width: number }): ReactNode {
  const { width } = props;
  const drivers = widest(props.drivers);
  const rows = drivers.map(({ name, log_sigma }, at) => ({
    id: `${at} ${name}`,
    label: name,
    figure: `×÷ ${inUnit(factorOf(log_sigma), 'ratio').replace('×', '')}`,
    words: tornadoWords(name, log_sigma),
  }));
  const margins = { ...rowMargins(rows, width), left: 16 };
  const most = Math.max(1.1, ...drivers.map(({ log_sigma }) => factorOf(log_sigma)));
  const scale = scaleOf(domainOf([1 / most, most], true), [margins.left, width - margins.right], {
    log: true,
    unit: 'ratio',
    count: Math.max(3, Math.min(6, width / 110)),
  });
  return (
    <RowPlot
      rows={rows}
      scale={scale}
      unit="ratio"
      axis="of the projected cost"
      width={width}
      rowHeight={ROW}
      margins={margins}
      namesAbove
      reference={1}
      marks={(at, middle) => {
        const factor = factorOf(drivers[at]?.log_sigma ?? 0);
        const from = scale.at(1 / factor);
        return (
          <rect
            x={from}
            y={middle - BAR / 2}
            width={Math.max(1, scale.at(factor) - from)}
            height={BAR}
            fill="var(--series-1)"
            pointerEvents="none"
          />
        );
      }}
    />
  );
}

const widest = (drivers: Drivers): Drivers => drivers.toSorted((a, b) => b.log_sigma - a.log_sigma);

const tornadoWords = (name: string, logSigma: number): string =>
  `${name}: alone, it lets the cost be ${inUnit(factorOf(logSigma), 'ratio')} as much or as little, 80 times of 100 (sd of log(cost) ${logSigma.toPrecision(2)}).`;

export const tornadoSummary = (drivers: Drivers): string =>
  widest(drivers)
    .map(({ name, log_sigma }) => tornadoWords(name, log_sigma))
    .join(' ');

export const tornadoTable = (drivers: Drivers): ChartTable => ({
  columns: [
    { id: 'driver', title: 'What' },
    { id: 'factor_80', title: 'Factor either way', format: (value) => inUnit(value, 'ratio') },
    { id: 'log_sigma', title: 'sd of log(cost)', format: (value) => value.toFixed(3) },
  ],
  rows: widest(drivers).map(({ name, log_sigma }) => [name, factorOf(log_sigma), log_sigma]),
});
