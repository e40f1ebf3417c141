import type { Usd } from '#shared/model/units.ts';

/** The largest sum that a sentence names ("estimates $1,204.50 for an hour"); null where it names none. */
export function amountIn(sentence: string): Usd | null {
  const sums = [...sentence.matchAll(/\$(\d[\d,]*(?:\.\d+)?)/g)].map(([, text]) =>
    Number(text?.replaceAll(',', '')),
  );
  return sums.length === 0 ? null : Math.max(...sums);
}
