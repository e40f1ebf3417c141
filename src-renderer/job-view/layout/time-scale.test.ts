import { describe, expect, it } from 'vitest';
import { clampRange, fitRange, panRange, ticksOf, toTime, toX, widthOf, zoomRange } from './time-scale.ts';

const extent = { startUs: 0, endUs: 20e6 };
const texts = (startUs: number, endUs: number, width = 900): string[] =>
  ticksOf({ startUs, endUs }, 0, width).map((tick) => tick.text);

describe('zoom, pan, fit', () => {
  it('keeps the time under the pointer where it is', () => {
    const range = { startUs: 5e6, endUs: 15e6 };
    const atUs = toTime(300, range, 1000);
    const zoomed = zoomRange(range, atUs, 0.5, extent);
    expect(toX(atUs, zoomed, 1000)).toBeCloseTo(300);
    expect(widthOf(zoomed)).toBeCloseTo(5e6);
  });

  it('stays inside, no wider than the trace and no narrower than a clock can tell', () => {
    expect(zoomRange(extent, 10e6, 3, extent)).toEqual(extent);
    expect(widthOf(zoomRange(extent, 10e6, 1e-12, extent))).toBeCloseTo(10);
    expect(panRange({ startUs: 0, endUs: 5e6 }, -1e6, extent)).toEqual({ startUs: 0, endUs: 5e6 });
    expect(panRange({ startUs: 14e6, endUs: 19e6 }, 9e6, extent)).toEqual({ startUs: 15e6, endUs: 20e6 });
    expect(clampRange({ startUs: 5, endUs: 5 }, { startUs: 0, endUs: 1 })).toEqual({ startUs: 0, endUs: 1 });
  });

  it('gives a fitted span air, an instant too', () => {
    expect(fitRange({ startUs: 5e6, endUs: 7e6 }, extent)).toEqual({ startUs: 4.9e6, endUs: 7.1e6 });
    expect(widthOf(fitRange({ startUs: 5e6, endUs: 5e6 }, extent))).toBe(10);
  });
});

describe('ticksOf', () => {
  it('takes round steps with as many digits as they need', () => {
    expect(texts(0, 20e6)).toEqual([
      '0',
      '2 s',
      '4 s',
      '6 s',
      '8 s',
      '10 s',
      '12 s',
      '14 s',
      '16 s',
      '18 s',
      '20 s',
    ]);
    expect(texts(0, 312_000)).toEqual(['0', '50 ms', '100 ms', '150 ms', '200 ms', '250 ms', '300 ms']);
    expect(texts(12.344e6, 12.349e6).slice(0, 3)).toEqual(['12.3440 s', '12.3445 s', '12.3450 s']);
    expect(texts(0, 3600e6)).toEqual([
      '0',
      '10 m 00 s',
      '20 m 00 s',
      '30 m 00 s',
      '40 m 00 s',
      '50 m 00 s',
      '1 h 00 m',
    ]);
    expect(texts(0, 40).slice(0, 3)).toEqual(['0', '5 µs', '10 µs']);
  });

  it('never says the same twice, however late and however close the ticks are', () => {
    const hour = 3600e6;
    expect(texts(2 * hour, 2 * hour + 40e6).slice(0, 3)).toEqual([
      '2 h 00 m 00 s',
      '2 h 00 m 05 s',
      '2 h 00 m 10 s',
    ]);
    expect(texts(25 * hour, 25 * hour + 600e6).slice(0, 2)).toEqual(['25 h 00 m', '25 h 01 m']);
    expect(texts(0, 96 * hour).slice(0, 3)).toEqual(['0', '12 h 00 m', '1 d 00 h']);
    for (const from of [0, 59e6, hour - 30e6, 7 * hour, 23.9 * hour, 50 * hour]) {
      for (let width = 1; width < 1e12; width *= 7) {
        const said = texts(from, from + width);
        expect(new Set(said).size).toBe(said.length);
        expect(said.length).toBeLessThanOrEqual(11);
      }
    }
  });

  it('stands at round times of the trace, not of the window', () => {
    const zero = 1234;
    const ticks = ticksOf({ startUs: zero + 777, endUs: zero + 9777 }, zero, 900);
    expect(ticks.map(({ atUs, text }) => [atUs - zero, text])).toEqual(
      Array.from({ length: 9 }, (_, k) => [(k + 1) * 1000, `${k + 1} ms`]),
    );
  });

  it('is never closer than asked, and none without room', () => {
    for (const width of [200, 500, 1400]) {
      for (const end of [1, 17, 999, 12_345, 7e6, 86_400e6, 5e11]) {
        const ticks = ticksOf({ startUs: 0, endUs: end }, 0, width);
        for (let i = 1; i < ticks.length; i++) {
          const apart = (((ticks[i]?.atUs ?? 0) - (ticks[i - 1]?.atUs ?? 0)) / end) * width;
          expect(apart).toBeGreaterThanOrEqual(89.9);
        }
      }
    }
    expect(ticksOf(extent, 0, 0)).toEqual([]);
  });
});
