import { describe, expect, it } from 'vitest';
import { parseLenient, parseObject } from './lenient-json.ts';

describe('JSON of strangers', () => {
  it.each([
    ['quotes and backslashes', `{"a": ${'"\\'.repeat(200_000)}`],
    ['escaped quotes', `{"a": ${'\\"'.repeat(200_000)}`],
    ['quotes', '"'.repeat(200_001)],
    ['a string without an end', `"${'\\"'.repeat(5_000_000)}`],
  ])('is refused in linear time: %s', (_, text) => {
    const began = performance.now();
    expect(parseLenient(text)).toEqual({ value: undefined, oddity: 'is not JSON' });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('is not followed into 100,000 levels', () => {
    const deep = `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(parseObject(deep)).toEqual({
      value: null,
      oddity: 'is nested more than 500 deep and was not read',
    });
  });

  it('still reads what Python writes beside strings that look like it', () => {
    expect(parseLenient('{"a": NaN, "b": "\\"NaN\\"", "c": [-Infinity, "Infinity \\\\"]}').value).toEqual({
      a: null,
      b: '"NaN"',
      c: [null, 'Infinity \\'],
    });
  });

  it('keeps __proto__ as a key like any other', () => {
    const { value } = parseObject('{"__proto__": {"polluted": 1}}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
