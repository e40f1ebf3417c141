import type { OutcomeQuery, SimulateQuery, SpendQuery } from '#shared/contract/costs.ts';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatSignificant,
  formatUsd,
} from '#shared/lib/format.ts';
import type { Calibration, CalibrationGroup, Simulation, SpendReport } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import { openReader, openRunner, type Reader } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { type Column, printable, table } from '../output/table.ts';

export const SPEND_KEYS = ['kind', 'backend_type', 'tenant_id', 'model'] as const;
export type SpendKey = (typeof SPEND_KEYS)[number];

type Client = Reader['client'];

/** By the owner of the data directory, who keeps the span and the prices that were asked for. */
export async function estimateCost(
  dataDir: string,
  request: Readonly<Record<string, unknown>>,
  output: Output,
): Promise<number> {
  const runner = await openRunner(dataDir, output.progress).catch((thrown: unknown) => {
    // Where nothing can be kept, an estimate is still an estimate.
    if (thrown instanceof CodedError && thrown.code.startsWith('store.'))
      return openReader(dataDir, undefined);
    throw thrown;
  });
  try {
    const estimate = await runner.client.costs.estimate(request);
    await output.answer(estimate, () => estimateText(estimate));
    return EXIT.succeeded;
  } finally {
    await runner.close();
  }
}

export const showCalibration = (dataDir: string, query: OutcomeQuery, output: Output): Promise<number> =>
  report(dataDir, output, (client) => client.costs.calibration(query), calibrationText);

export const simulateCost = (dataDir: string, query: SimulateQuery, output: Output): Promise<number> =>
  report(dataDir, output, (client) => client.costs.simulate(query), simulationText);

export const showSpend = (
  dataDir: string,
  query: Omit<SpendQuery, 'utc_offset_minutes'>,
  output: Output,
): Promise<number> =>
  report(
    dataDir,
    output,
    (client) => client.costs.spend({ ...query, utc_offset_minutes: -new Date().getTimezoneOffset() }),
    (spent) => spendText(spent, query.by),
  );

async function report<T>(
  dataDir: string,
  output: Output,
  ask: (client: Client) => Promise<T>,
  text: (answer: T) => string,
): Promise<number> {
  const { client, close } = await openReader(dataDir, undefined);
  try {
    const answer = await ask(client);
    await output.answer(answer, () => printable(text(answer)));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const range = (low: number | null, high: number | null): string => `${formatUsd(low)} to ${formatUsd(high)}`;

/** Names to the left, what is said of them to the right. */
const facts = (rows: readonly (readonly [name: string, text: string | null])[]): string =>
  rows
    .filter(([, text]) => text !== null)
    .map(([name, text]) => `${name.padEnd(11)} ${text}`)
    .join('\n');

export function estimateText(estimate: CostEstimate): string {
  const { projected_cost_usd, cost_low_usd, cost_high_usd, coverage, local_energy_kwh } = estimate;
  return printable(
    facts([
      [
        'projected',
        `${formatUsd(projected_cost_usd)} on ${estimate.cost_driver}, impact ${estimate.resource_impact}`,
      ],
      ['interval', `${range(cost_low_usd, cost_high_usd)} at ${percent(coverage)}`],
      [
        'confidence',
        `${formatSignificant(estimate.confidence_score)}, the chance that it costs within a factor of 1.25 of that`,
      ],
      ['energy', local_energy_kwh ? `${formatSignificant(local_energy_kwh)} kWh` : null],
      ['rests on', estimate.basis],
      [
        'widened by',
        estimate.drivers
          .map(({ name, log_sigma }) => `${name} ${formatSignificant(log_sigma, 2)}`)
          .join(', ') || null,
      ],
      ['warning', estimate.warning],
    ]),
  );
}

function calibrationText({ groups, left_out, needed }: Calibration): string {
  const { demo, not_ended, unsuccessful, cost_unknown, free = 0 } = left_out;
  const left = [
    [not_ended, 'not ended yet'],
    [unsuccessful, 'failed or cancelled'],
    [cost_unknown, 'without a known cost'],
    [free, 'projected to cost nothing'],
    [demo, 'of the demo'],
  ] as const;
  const words = left.filter(([n]) => n > 0).map(([n, why]) => `${formatCount(n)} ${why}`);
  const leftWords = words.length === 0 ? '' : `Left out: ${words.join(', ')}.`;
  const [all] = groups;
  if (all === undefined || all.n === 0)
    return [`Not yet calibrated: no estimate can be judged yet, and ${needed} are needed.`, leftWords]
      .filter((line) => line !== '')
      .join('\n');
  const right = true;
  const figure = (value: number | null, digits = 3): string =>
    value === null ? '–' : formatSignificant(value, digits);
  const columns: readonly Column<CalibrationGroup>[] = [
    { title: 'group', text: ({ group }) => group },
    { title: 'n', right, text: ({ n }) => formatCount(n) },
    ...all.coverage.map(({ claimed }, i) => ({
      title: percent(claimed),
      text: ({ coverage }: CalibrationGroup): string => {
        const row = coverage[i];
        return row === undefined ? '–' : `${formatPercent(row.empirical)} ${row.verdict}`;
      },
    })),
    {
      title: 'bias',
      right,
      text: ({ log_bias }) => (log_bias === null ? '–' : `x ${formatSignificant(Math.exp(log_bias))}`),
    },
    { title: 'interval score', right, text: ({ interval_score }) => figure(interval_score) },
    { title: 'brier', right, text: ({ brier }) => figure(brier) },
    { title: 'best constant', right, text: ({ brier_best_constant }) => figure(brier_best_constant) },
  ];
  return [table(columns, groups), leftWords].filter((line) => line !== '').join('\n\n');
}

function simulationText(one: Simulation): string {
  const runs = one.runs_per_period * one.period_days;
  const { gpu_compute, llm_tokens } = one.components_usd;
  const { low, mid, high } = one.duration_seconds;
  const duration = (seconds: number): string => formatDuration(seconds * 1000);
  const tokens = `${formatCount(Math.round(one.llm_input_tokens_assumed))} in, ${formatCount(Math.round(one.llm_output_tokens_assumed))} out`;
  const isKnown = one.single_cost_usd !== null;
  return [
    facts([
      [
        'one run',
        isKnown
          ? `${formatUsd(one.single_cost_usd)} (${range(one.single_low_usd, one.single_high_usd)})`
          : 'unknown',
      ],
      [
        `${formatCount(runs)} runs`,
        isKnown
          ? `${formatUsd(one.total_cost_usd)} (${range(one.total_low_usd, one.total_high_usd)})`
          : 'unknown',
      ],
      ['intervals', one.coverage === undefined ? null : `at ${percent(one.coverage)}`],
      ['confidence', isKnown ? formatSignificant(one.confidence_score) : null],
      ['GPU', gpu_compute === null ? null : `${formatUsd(gpu_compute)} a run`],
      ['tokens', llm_tokens === null ? null : `${formatUsd(llm_tokens)} a run (${tokens})`],
      ['duration', `${duration(mid)} (${duration(low)} to ${duration(high)})`],
      [
        'rests on',
        one.historical_basis === 'from_history'
          ? `${formatCount(one.historical_sample_count)} runs, ${formatCount(one.token_samples_from_history)} with tokens`
          : "no run like it: the defaults of the agent's scope",
      ],
      ['price', priceText(one.price)],
      ['warning', one.warning ?? null],
    ]),
    one.differences.map((sentence) => `- ${sentence}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function priceText(price: Simulation['price']): string {
  if (price === null) return 'nobody is known to sell this';
  const { usd_hour, usd_million_in, usd_million_out, origin, source } = price;
  const rate =
    usd_hour === null
      ? `${formatUsd(usd_million_in)} in and ${formatUsd(usd_million_out)} out per million tokens`
      : `${formatUsd(usd_hour)}/h`;
  return `${origin}, ${rate}, ${source}`;
}

function spendText({ rows, totals, unknown_jobs }: SpendReport, by: SpendKey): string {
  const unknown =
    unknown_jobs === 0 ? '' : `Jobs whose cost nobody knows, in no sum: ${formatCount(unknown_jobs)}.`;
  if (rows.length === 0) return unknown === '' ? 'Nothing was spent.' : unknown;
  const right = true;
  type Row = SpendReport['rows'][number];
  return [
    table(
      [
        { title: 'day', text: ({ day }) => day },
        { title: by, text: ({ key }) => key ?? '–' },
        { title: 'basis', text: ({ basis }) => basis },
        { title: 'USD', right, text: ({ usd }) => formatUsd(usd) },
        { title: 'jobs', right, text: ({ jobs }) => formatCount(jobs) },
      ] satisfies Column<Row>[],
      rows,
    ),
    totals
      .map(({ basis, usd, jobs }) => `${basis}: ${formatUsd(usd)} for ${formatCount(jobs)} jobs`)
      .join('\n'),
    unknown,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
