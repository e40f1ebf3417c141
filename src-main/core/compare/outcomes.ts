import { cell, type Population } from './population.ts';

/** How a job ended, as far as a comparison is concerned. */
export const UNFINISHED = 0;
export const SUCCEEDED = 1;
export const FAILED = 2;
export const CANCELLED = 3;

const OUTCOMES: Readonly<Record<string, number>> = {
  succeeded: SUCCEEDED,
  failed: FAILED,
  cancelled: CANCELLED,
};

const known = new WeakMap<Population, Uint8Array>();

/** Per job; a status nobody knows is not finished. */
export function outcomesOf(population: Population): Uint8Array {
  let outcomes = known.get(population);
  if (outcomes === undefined) {
    const byText = population.texts.map((text) => (Object.hasOwn(OUTCOMES, text) ? OUTCOMES[text] : 0) ?? 0);
    outcomes = Uint8Array.from(population.status, (status) => byText[status] ?? UNFINISHED);
    known.set(population, outcomes);
  }
  return outcomes;
}

/** Rows of jobs that succeeded or failed. */
export function finishedRows(population: Population, rows: Int32Array): Int32Array {
  const outcomes = outcomesOf(population);
  return rows.filter((row) => cell(outcomes, row) === SUCCEEDED || cell(outcomes, row) === FAILED);
}
