import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, nestsTooDeep } from './json-depth.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('nestsTooDeep', () => {
  it('takes what is just deep enough and refuses one level more', () => {
    expect(nestsTooDeep(nested(MAX_JSON_DEPTH))).toBe(false);
    expect(nestsTooDeep(nested(MAX_JSON_DEPTH + 1))).toBe(true);
    expect(nestsTooDeep(`${'{"a":'.repeat(3)}1${'}'.repeat(3)}`, 2)).toBe(true);
  });

  it('counts levels, not brackets', () => {
    expect(nestsTooDeep(`[${'[],'.repeat(1000)}[]]`, 2)).toBe(false);
  });

  it('does not count brackets in strings, escaped quotes included', () => {
    expect(nestsTooDeep(JSON.stringify([`\\"${nested(1000)}`]))).toBe(false);
    expect(nestsTooDeep(`["\\\\",${nested(MAX_JSON_DEPTH)}]`)).toBe(true);
  });
});
