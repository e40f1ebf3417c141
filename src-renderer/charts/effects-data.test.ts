import { describe, expect, it } from 'vitest';
import type { ComparisonVerdict } from '#shared/model/compare.ts';
import { drawnTogether, effectFigure, effectsTable, effectsTitle, effectUnit } from './effects-data.ts';
import { ASK } from './testing.ts';

const verdict = (changes: Partial<ComparisonVerdict> = {}): ComparisonVerdict => ({
  measure: 'agent.ask',
  a: 'ollama',
  b: 'bedrock',
  verdict: 'worse',
  effect: 1.5,
  effect_low: 1.4,
  effect_high: 1.6,
  effect_kind: 'ratio',
  difference: 5000,
  difference_low: 4000,
  difference_high: 6000,
  p: 0.001,
  cliffs_delta: 0.4,
  more_runs: null,
  sentence: 'ollama is 1.4 to 1.6 times slower than bedrock.',
  ...changes,
});

describe('effects on one axis', () => {
  it('are ratios, or differences where one pair has no ratio', () => {
    const shift = verdict({ effect_kind: 'difference', effect: -3, effect_low: -5, effect_high: -1 });
    expect(effectUnit([verdict()], ASK)).toBe('ratio');
    expect(drawnTogether([verdict(), shift])).toEqual([shift]);
    expect(effectUnit([verdict(), shift], ASK)).toBe('ms');
  });
  it('leave out what a logarithm has no place for', () => {
    expect(drawnTogether([verdict({ effect: 0, effect_low: 0 })])).toEqual([]);
    expect(drawnTogether([verdict({ effect_low: 0 })])).toEqual([]);
    expect(drawnTogether([verdict({ effect_high: Number.POSITIVE_INFINITY })])).toEqual([]);
    expect(drawnTogether([verdict({ effect: null })])).toEqual([]);
    expect(drawnTogether([verdict({ effect_low: null, effect_high: null })])).toHaveLength(1);
  });
});

it('says what was found, and claims nothing where nothing was compared', () => {
  const none = verdict({ verdict: 'no_difference' });
  const few = verdict({ verdict: 'not_enough' });
  expect(effectsTitle(null)).toBe('Which differences are larger than chance?');
  expect(effectsTitle([])).toBe('Which differences are larger than chance?');
  expect(effectsTitle([verdict()])).toBe(verdict().sentence);
  expect(effectsTitle([none, none])).toBe('No difference worth a name between any two groups');
  expect(effectsTitle([none, few])).toBe('None of 2 comparisons shows a difference');
  expect(effectsTitle([verdict(), few])).toBe('1 of 2 comparisons shows a difference');
  expect(effectsTitle([verdict(), verdict({ verdict: 'better' }), few])).toBe(
    '2 of 3 comparisons show a difference',
  );
});

it('writes an effect with its interval', () => {
  expect(effectFigure(verdict(), 'ratio')).toBe('1.50 [1.40, 1.60]');
  expect(effectFigure(verdict({ effect_low: null, effect_high: null }), 'ratio')).toBe('1.50 [–, –]');
  expect(effectFigure(verdict({ effect: null }), 'ratio')).toBe('–');
  const [row] = effectsTable([verdict()], ASK).rows;
  expect(row).toHaveLength(effectsTable([], ASK).columns.length);
  expect(row?.slice(0, 7)).toEqual(['ollama', 'bedrock', 'worse', 'ratio', 1.5, 1.4, 1.6]);
});
