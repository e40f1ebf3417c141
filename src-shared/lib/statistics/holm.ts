/**
 * Holm's step-down correction (1979): adjusted p-values, comparable with the family's alpha, in the order given.
 * Controls the chance of any false claim whatever the dependence between the tests.
 */
export function holm(p: readonly number[]): readonly number[] {
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  for (const { index, value, multiplier } of holmSteps(p)) {
    largest = Math.max(largest, Math.min(1, value * multiplier));
    adjusted[index] = largest;
  }
  return adjusted;
}

/** The tests in Holm's order, smallest p first: the i-th is held against alpha / (k - i). */
export function holmSteps(p: readonly number[]) {
  for (const value of p) if (!(value >= 0 && value <= 1)) throw new RangeError(`${value} is not a p-value`);
  return p
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value - b.value)
    .map((step, i) => ({ ...step, multiplier: p.length - i }));
}

/**
 * By how much each test's interval shares alpha, in the order given, so that intervals say what the tests say: a
 * rejected one by its step, those that are not all by the first step that was held (Guilbaud 2008). Equal p, equal level.
 */
export function holmMultipliers(p: readonly number[], alpha: number): readonly number[] {
  const multipliers = new Array<number>(p.length);
  let before = { value: -1, multiplier: p.length };
  let isHeld = false;
  for (const { index, value, multiplier } of holmSteps(p)) {
    if (!isHeld && value !== before.value) before = { value, multiplier };
    isHeld ||= value * before.multiplier >= alpha;
    multipliers[index] = before.multiplier;
  }
  return multipliers;
}
