import { describe, expect, it } from 'vitest';
import type { PhaseBreakdown } from '#shared/model/compare.ts';
import { barWords, phaseBars, phasesTable, phasesTitle } from './phases-data.ts';

const breakdown: PhaseBreakdown = {
  names: ['job.execute', 'agent.ask', 'provider.teardown'],
  groups: [
    { key: 'ollama', n: 10, own_ms: [100, 800, 1], rest_ms: 99 },
    { key: 'bedrock', n: 4, own_ms: [100, 300, 1], rest_ms: 99 },
  ],
  note: null,
};

describe('phases of groups', () => {
  it('stand in one order, the largest first, small ones together, one after another', () => {
    const { phases, bars } = phaseBars(breakdown);
    expect(phases.map(({ title }) => title)).toEqual(['agent.ask', 'job.execute', 'other spans', 'the rest']);
    expect(bars[0]?.parts.map(({ from, ms }) => [from, ms])).toEqual([
      [0, 800],
      [800, 100],
      [900, 1],
      [901, 99],
    ]);
    expect(bars.map(({ total }) => total)).toEqual([1000, 500]);
  });
  it('have at most six names', () => {
    const names = Array.from({ length: 12 }, (_, i) => `span.${i}`);
    const { phases, bars } = phaseBars({
      names,
      groups: [{ key: 'a', n: 1, own_ms: names.map(() => 10), rest_ms: 0 }],
      note: null,
    });
    expect(phases).toHaveLength(7);
    expect(bars[0]?.parts.at(-1)?.ms).toBe(60);
    expect(bars[0]?.total).toBe(120);
  });
  it('say which takes most, and in words what a bar shows', () => {
    const found = phaseBars(breakdown);
    expect(phasesTitle(found)).toBe("agent.ask takes 60.0 % to 80.0 % of a job's time");
    expect(phasesTitle(phaseBars({ names: [], groups: [], note: null }))).toBe('Where does the time go?');
    expect(barWords(found.bars[0] as (typeof found.bars)[number])).toBe(
      'ollama: 1.00 s per job (n 10): agent.ask 800 ms, 80.0 %; job.execute 100 ms, 10.0 %; other spans 1.00 ms, 0.1 %; the rest 99.0 ms, 9.9 %.',
    );
  });
  it('have every name in the table', () => {
    expect(phasesTable(breakdown).rows[1]).toEqual(['bedrock', 4, 100, 300, 1, 99]);
  });
});
