import { describe, expect, it } from 'vitest';
import { pythonRound } from './python-round.ts';

describe('pythonRound', () => {
  // Each pair is what CPython 3 prints for round(value, digits).
  it.each([
    [0.25, 0.2],
    [0.75, 0.8],
    [1.25, 1.2],
    [1.75, 1.8],
    [-0.25, -0.2],
    [-1.75, -1.8],
    [0.05, 0.1],
    [0.15, 0.1],
    [0.35, 0.3],
    [0.45, 0.5],
    [99.95, 100],
    [698.55, 698.5],
    [3656.89, 3656.9],
    [123456789.25, 123456789.2],
    [2251799813685248.5, 2251799813685248.5],
    [1e16, 1e16],
    [1e22, 1e22],
    [12, 12],
    [0, 0],
  ])('rounds %d to %d with one decimal', (value, rounded) => {
    expect(pythonRound(value, 1)).toBe(rounded);
  });

  it.each([
    [0.5, 0, 0],
    [1.5, 0, 2],
    [2.5, 0, 2],
    [-1.5, 0, -2],
    [0.125, 2, 0.12],
    [0.375, 2, 0.38],
    [2.675, 2, 2.67],
    [-0.625, 2, -0.62],
  ])('rounds %d with %d decimals to %d', (value, digits, rounded) => {
    expect(pythonRound(value, digits)).toBe(rounded);
  });
});
