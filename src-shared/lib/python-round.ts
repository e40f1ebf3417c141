/**
 * Python's `round(value, digits)`: the decimal nearest to the binary value; exact ties go to the even digit.
 * `toFixed` is exact too but sends ties away from zero, so only those are corrected.
 */
export function pythonRound(value: number, digits: number): number {
  const text = value.toFixed(digits);
  // A tie is an odd multiple of 1 / 2^(digits + 1): only such a value has a 5 as its last, exact decimal.
  const isTie = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
  const last = Number(text.at(-1));
  if (!isTie || last % 2 === 0) return Number(text);
  return Number(text.slice(0, -1) + (last - 1));
}
