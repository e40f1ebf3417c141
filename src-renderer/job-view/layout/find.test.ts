import { describe, expect, it } from 'vitest';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import { SPAN_ERROR } from '#shared/model/trace-columns.ts';
import { at, chain, draw, namesOf } from '../testing.ts';
import { emptyTrace } from '../trace-store.ts';
import { placePhases } from './anatomy.ts';
import { criticalPath } from './critical-path.ts';
import { figuresOf } from './figures.ts';
import { findErrors, placeOf, searchTrace, siblingOf, stepThrough } from './find.ts';
import { buildTree } from './tree.ts';

const trace = draw(
  `
job.execute     |------------------|
  agent.ask      |--------|
    driver.call    |--|
    driver.fail        |--|
  provider.end             |---|`,
  { 'driver.fail': SPAN_ERROR, 'provider.end': SPAN_ERROR },
);
const tree = buildTree(trace);

describe('search and next', () => {
  it('finds names in any case, nothing for nothing', () => {
    expect(namesOf(trace, searchTrace(trace, ' DRIVER '))).toEqual(['driver.call', 'driver.fail']);
    expect(searchTrace(trace, '  ')).toHaveLength(0);
    expect(searchTrace(emptyTrace(), 'a')).toHaveLength(0);
  });

  it('finds names in any script', () => {
    const named = draw(`
Агент.ask   |---|
  東京🤖     |-|`);
    expect(namesOf(named, searchTrace(named, 'аГЕНТ'))).toEqual(['Агент.ask']);
    expect(namesOf(named, searchTrace(named, '京🤖'))).toEqual(['東京🤖']);
  });

  it('finds more than the first handful, in order', () => {
    const all = searchTrace(chain(300), 'level');
    expect([...all]).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('goes on after the last with the first, in both directions', () => {
    const errors = findErrors(trace);
    expect([...errors]).toEqual([3, 4]);
    expect(stepThrough(errors, 0, 1)).toBe(0);
    expect(stepThrough(errors, 3, 1)).toBe(1);
    expect(stepThrough(errors, 4, 1)).toBe(0);
    expect(stepThrough(errors, 4, -1)).toBe(0);
    expect(stepThrough(errors, 3, -1)).toBe(1);
    expect(stepThrough(new Int32Array(0), 0, 1)).toBe(-1);
    expect([placeOf(errors, 4), placeOf(errors, 2)]).toEqual([1, -1]);
  });

  it('steps among siblings and stops at either end', () => {
    const step = (name: string, direction: 1 | -1): string | undefined =>
      namesOf(trace, [siblingOf(trace, tree, at(trace, name), direction)])[0];
    expect(step('agent.ask', 1)).toBe('provider.end');
    expect(step('provider.end', -1)).toBe('agent.ask');
    expect(step('driver.fail', -1)).toBe('driver.call');
    expect(siblingOf(trace, tree, at(trace, 'driver.call'), -1)).toBe(-1);
    expect(siblingOf(trace, tree, at(trace, 'provider.end'), 1)).toBe(-1);
    expect(siblingOf(trace, tree, 0, -1)).toBe(-1);
  });
});

describe('figuresOf', () => {
  const figures = (name: string) => figuresOf(trace, tree, criticalPath(trace, tree, 0), at(trace, name), 0);

  it('gives shares of parent and job, self time and the time on the critical path', () => {
    expect(figures('agent.ask')).toMatchObject({
      startUs: 1000,
      durationUs: 9000,
      selfUs: 3000,
      criticalUs: 3000,
      shareOfParent: 9 / 19,
      shareOfJob: 9 / 19,
      percentile: null,
      descendants: 2,
    });
    expect(figures('driver.call').shareOfParent).toBeCloseTo(3 / 9);
    expect(figures('job.execute')).toMatchObject({ shareOfParent: null, shareOfJob: null });
  });

  it('ranks a span among those of its name that ended', () => {
    const alike = draw(`
job    |--------------------|
  x    |-|
  x      |---|
  x           |-----|
  x                   |--~`);
    const rank = (i: number): number | null =>
      figuresOf(alike, buildTree(alike), criticalPath(alike, buildTree(alike), 0), i, 21_000).percentile;
    expect([1, 2, 3].map(rank)).toEqual([1 / 3, 2 / 3, 1]);
  });

  it('has no share of a parent that took no time', () => {
    const instant = draw(`
job  |
  a  |`);
    const none = figuresOf(instant, buildTree(instant), criticalPath(instant, buildTree(instant), 0), 1, 0);
    expect(none).toMatchObject({ durationUs: 0, shareOfParent: null, shareOfJob: null, selfUs: 0 });
  });
});

describe('placePhases', () => {
  const call = (...ms: number[]): ModelCallFigures => ({
    input_tokens: null,
    output_tokens: null,
    tokens_source: null,
    time_to_first_token_ms: null,
    output_tokens_per_second: null,
    prompt_tokens_per_second: null,
    speed_source: null,
    phases: ms.map((each) => ({ phase: 'generation', ms: each, source: 'server' })),
  });

  it('lays phases end to end from the start and leaves the rest to the network', () => {
    const placed = placePhases(call(2, 0, 3), 1000, 10_000);
    expect(placed.map((p) => [p.startUs, p.endUs])).toEqual([
      [1000, 3000],
      [3000, 6000],
    ]);
  });

  it('draws no phase that is unknown, endless or took nothing', () => {
    const placed = placePhases(call(Number.NaN, 4, Number.POSITIVE_INFINITY, -1, 0), 0, 5000);
    expect(placed.map((p) => [p.startUs, p.endUs])).toEqual([[0, 4000]]);
    expect(placePhases(call(), 0, 5000)).toEqual([]);
    expect(placePhases(call(3), 10, 0).map((p) => [p.startUs, p.endUs])).toEqual([[10, 10]]);
  });

  it('shortens them together where another clock says more than the span lasted, and says what was measured', () => {
    const placed = placePhases(call(10, 30), 0, 20_000);
    expect(placed.map((p) => [p.startUs, p.endUs, p.ms])).toEqual([
      [0, 5000, 10],
      [5000, 20_000, 30],
    ]);
  });
});
