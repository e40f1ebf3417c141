import type { CallColumns } from '#core/store/job-figures.ts';
import { formatPercent } from '#shared/lib/format.ts';
import { JOB_MEASURES, type JobMeasure, type MeasureInfo } from '#shared/model/compare.ts';
import { cell, type FigureSource, type Population } from './population.ts';

type Known = Omit<MeasureInfo, 'measure'>;

const INFO: Readonly<Record<JobMeasure, Known>> = {
  job: {
    title: 'whole job',
    unit: 'ms',
    better: 'lower',
    about:
      "From a job's start to its end, by the clock of what ran it; of jobs that RUNE ran, from created to updated.",
  },
  queue: {
    title: 'queue time',
    unit: 'ms',
    better: 'lower',
    about: "From a job's creation to its start, by the clock of what ran it.",
  },
  cost: {
    title: 'cost per job',
    unit: 'usd',
    better: 'lower',
    about: 'What the result says that the job cost. RUNE rounds to whole cents: $0 may be less than one.',
  },
  tokens_in: {
    title: 'tokens read',
    unit: 'tokens',
    better: 'lower',
    about: 'Over all model calls of a job, as the server counted them; else as the agent told them.',
  },
  tokens_out: {
    title: 'tokens written',
    unit: 'tokens',
    better: 'lower',
    about: 'Over all model calls of a job, as the server counted them; else as the agent told them.',
  },
  first_token: {
    title: 'time to first token',
    unit: 'ms',
    better: 'lower',
    about: "From request to first token of a job's first model call.",
  },
  prompt_speed: {
    title: 'prompt speed',
    unit: 'tokens_per_second',
    better: 'higher',
    about: 'Tokens read over the time it took, over all model calls of a job.',
  },
  generation_speed: {
    title: 'generation speed',
    unit: 'tokens_per_second',
    better: 'higher',
    about: 'Tokens written over the time it took, over all model calls of a job.',
  },
};

const CALL_FIGURES = {
  tokens_in: 'input_tokens',
  tokens_out: 'output_tokens',
  first_token: 'first_token_ms',
  prompt_speed: 'prompt_tokens_per_second',
  generation_speed: 'output_tokens_per_second',
} as const satisfies Partial<Record<JobMeasure, keyof CallColumns>>;

const isJobMeasure = (measure: string): measure is JobMeasure =>
  (JOB_MEASURES as readonly string[]).includes(measure);

export const isSpeed = (measure: string): boolean =>
  measure === 'prompt_speed' || measure === 'generation_speed';

export function measureInfo(measure: string): MeasureInfo {
  if (isJobMeasure(measure)) return { measure, ...INFO[measure] };
  return {
    measure,
    title: measure,
    unit: 'ms',
    better: 'lower',
    about: `Time of all ${measure} spans of a job together, by the clock of the process that recorded them.`,
  };
}

/** Every job measure, then the span names with the most frequent first. */
export function measuresIn(sources: readonly FigureSource[]): readonly MeasureInfo[] {
  return [...JOB_MEASURES, ...eventTotals(sources).map(({ event }) => event)].map(measureInfo);
}

/** Span names over some sources with their totals; a job that two of them have counts twice. */
export function eventTotals(
  sources: readonly FigureSource[],
): readonly { readonly event: string; readonly total: number }[] {
  const totals = new Map<string, number>();
  for (const { figures } of sources)
    for (const { event, total } of figures.events()) totals.set(event, (totals.get(event) ?? 0) + total);
  return [...totals]
    .map(([event, total]) => ({ event, total }))
    .sort((a, b) => b.total - a.total || (a.event < b.event ? -1 : 1));
}

/** A job's value, by row; NaN where it has none that can be used: missing, negative or beyond all reason. */
export function measureValues(population: Population, measure: string): Float64Array {
  const values = rawValues(population, measure);
  for (let row = 0; row < values.length; row++)
    if (!(cell(values, row) >= 0 && cell(values, row) <= LARGEST)) values[row] = Number.NaN;
  return values;
}

/** The statistics take no larger ones. */
const LARGEST = 1e300;

function rawValues(population: Population, measure: string): Float64Array {
  switch (measure) {
    case 'job':
      return population.duration_ms.slice();
    case 'queue':
      return population.queue_ms.slice();
    case 'cost':
      return population.cost_usd.slice();
    case 'tokens_in':
    case 'tokens_out':
    case 'first_token':
    case 'prompt_speed':
    case 'generation_speed':
      return scattered(population, ({ figures }) => {
        const calls = figures.calls();
        return { row: calls.row, value: calls[CALL_FIGURES[measure]] };
      });
    default:
      return scattered(population, ({ figures }) => {
        const spans = figures.spans(measure);
        return { row: spans.row, value: spans.sum_ms };
      });
  }
}

/** Values that a source gives for some of its rows, by row of the population; `missing` for the rest. */
export function scattered(
  population: Population,
  valuesOf: (source: FigureSource) => {
    readonly row: Int32Array;
    readonly value: Float64Array | Uint8Array;
  },
  missing = Number.NaN,
): Float64Array {
  const values = new Float64Array(population.count).fill(missing);
  for (const [at, source] of population.sources.entries()) {
    const { row, value } = valuesOf(source);
    const rows = population.rowOf[at] as Int32Array;
    for (let i = 0; i < row.length; i++) {
      const to = rows[cell(row, i)] ?? -1;
      if (to !== -1) values[to] = cell(value, i);
    }
  }
  return values;
}

const MEASURED = ['nobody says who', 'the server', "this app's clock", 'arithmetic on both'] as const;

/** Who measured a job's speeds, by row. */
export const speedSources = (population: Population): Float64Array =>
  scattered(population, ({ figures }) => {
    const { row, speed_source } = figures.calls();
    return { row, value: speed_source };
  });

/** Who measured, in what share of the jobs that have a value. */
export function measuredBy(population: Population, values: Float64Array, rows: Iterable<number>): string {
  const sources = speedSources(population);
  const counts = MEASURED.map(() => 0);
  let all = 0;
  for (const row of rows) {
    if (Number.isNaN(cell(values, row))) continue;
    const source = cell(sources, row) || 0;
    counts[source] = (counts[source] ?? 0) + 1;
    all++;
  }
  const parts = counts.flatMap((count, source) =>
    count === 0 ? [] : [`${MEASURED[source]} (${formatPercent(count / all)})`],
  );
  return parts.length === 0 ? '' : ` Measured by ${parts.join(', ')}.`;
}

export const measuredByName = (source: number): string => MEASURED[source] ?? MEASURED[0];
