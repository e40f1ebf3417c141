import { describe, expect, it } from 'vitest';
import { type Aim, paretoFront } from './pareto.ts';
import { seeded } from './random.ts';

const front = (points: readonly (readonly [number, number])[], x: Aim, y: Aim) =>
  paretoFront(
    Float64Array.from(points, (point) => point[0]),
    Float64Array.from(points, (point) => point[1]),
    { x, y },
  );

describe('the Pareto front', () => {
  it.each([
    ['min', 'min'],
    ['min', 'max'],
    ['max', 'min'],
    ['max', 'max'],
  ] as const)('with x to the %s and y to the %s is what comparing all pairs finds', (x, y) => {
    const next = seeded(17);
    for (let trial = 0; trial < 50; trial++) {
      const points = Array.from(
        { length: trial },
        () => [Math.floor(next() * 9) - 4, Math.floor(next() * 9) - 4] as const,
      );
      const [sx, sy] = [x === 'min' ? 1 : -1, y === 'min' ? 1 : -1];
      const beats = (p: readonly [number, number], q: readonly [number, number]) =>
        sx * p[0] <= sx * q[0] && sy * p[1] <= sy * q[1] && (p[0] !== q[0] || p[1] !== q[1]);
      const found = front(points, x, y);
      const expected = points.flatMap((q, i) => (points.some((p) => beats(p, q)) ? [] : [i]));
      expect([...found.front].sort((i, j) => i - j)).toEqual(expected);
      for (const [i, q] of points.entries()) {
        const by = points[found.dominatedBy[i] ?? -1];
        expect(by !== undefined && beats(by, q)).toBe(!expected.includes(i));
        if (by !== undefined) expect(expected).toContain(found.dominatedBy[i]);
      }
    }
  });

  it('runs from the best x on and keeps equal points', () => {
    const { front: indices, dominatedBy } = front(
      [
        [3, 1],
        [1, 3],
        [3, 3],
        [1, 3],
      ],
      'min',
      'min',
    );
    expect([...indices]).toEqual([1, 3, 0]);
    expect([...dominatedBy]).toEqual([-1, -1, 0, -1]);
  });

  it('leaves out what has no place', () => {
    const result = front(
      [
        [Number.NaN, 0],
        [1, Infinity],
        [5, 5],
        [-Infinity, -1],
      ],
      'min',
      'min',
    );
    expect([...result.front]).toEqual([2]);
    expect([...result.unplaced]).toEqual([0, 1, 3]);
    expect([...result.dominatedBy]).toEqual([-1, -1, -1, -1]);
    expect(front([], 'min', 'max').front).toHaveLength(0);
    expect(() => paretoFront(new Float64Array(2), new Float64Array(1), { x: 'min', y: 'min' })).toThrow(
      RangeError,
    );
  });

  it('of 5,000 offers takes far less than a frame', () => {
    const next = seeded(19);
    const [xs, ys] = [Float64Array.from({ length: 5000 }, next), Float64Array.from({ length: 5000 }, next)];
    const times = Array.from({ length: 20 }, () => {
      const started = performance.now();
      paretoFront(xs, ys, { x: 'min', y: 'max' });
      return performance.now() - started;
    });
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(8);
  });
});
