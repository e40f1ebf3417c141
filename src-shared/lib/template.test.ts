import { describe, expect, it } from 'vitest';
import { fillTemplate } from './template.ts';

const fill = (template: string, values: Record<string, string> = {}) =>
  fillTemplate(template, new Map(Object.entries(values)));

describe('a template', () => {
  it('is filled in once: an answer that looks like a placeholder stays as it is', () => {
    expect(fill('{a} and {b}', { a: '{b}', b: '$&' })).toEqual({ text: '{b} and $&', missing: [] });
  });

  it('says which names have no value', () => {
    expect(fill('{plan}: {who}, {who}', { plan: 'p' })).toEqual({
      text: 'p: {who}, {who}',
      missing: ['who'],
    });
  });

  it('holds braces that are none of its own', () => {
    expect(fill('{{a}} {"a": 1} {} { x } {1}', { a: 'no' })).toEqual({
      text: '{a} {"a": 1} {} { x } {1}',
      missing: [],
    });
  });

  it('takes any name that has a value, and never one of the language', () => {
    expect(fill('{step 1} {__proto__}', { 'step 1': 'x' })).toEqual({
      text: 'x {__proto__}',
      missing: ['__proto__'],
    });
  });

  it('takes a long text without a closing brace in no time', () => {
    const long = '{a'.repeat(50_000);
    expect(fill(long).text).toBe(long);
  });
});
