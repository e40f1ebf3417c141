import { seeded } from '#shared/lib/random.ts';

/** FNV-1a, so that neighbouring keys give unrelated sequences. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** A sequence of its own for everything that has a name: nothing depends on the order of questions. */
export const sequence = (seed: number, key: string): (() => number) => seeded((seed ^ hash(key)) >>> 0);

/** One number in [0, 1) of that name. */
export const chance = (seed: number, key: string): number => sequence(seed, key)();

/** Smooth noise in [-1, 1] that returns to 0: random values at multiples of `period`, eased in between. */
export function drift(seed: number, key: string, at: number, period: number): number {
  const cell = Math.floor(at / period);
  const [from, to] = [cell, cell + 1].map((n) => chance(seed, `${key}#${n}`) * 2 - 1) as [number, number];
  const x = at / period - cell;
  return from + (to - from) * x * x * (3 - 2 * x);
}

export const between = (low: number, high: number, at: number): number => low + (high - low) * at;

export function pick<T>(values: readonly T[], at: number): T {
  const value = values[Math.min(values.length - 1, Math.floor(at * values.length))];
  if (value === undefined) throw new Error('Nothing to pick from.');
  return value;
}
