import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inputProblems } from './input-problems.ts';

const problemsOf = (schema: z.ZodType, input: unknown): readonly string[] =>
  inputProblems(schema.safeParse(input).error?.issues ?? []);

describe('inputProblems', () => {
  const target = z.strictObject({ target: z.string().min(1, 'is empty') });
  const setting = z.strictObject({
    setting: z.strictObject({ bucket: z.string().regex(/^[a-z]+$/, 'is no bucket name') }),
  });

  it('names each field', () => {
    expect(problemsOf(setting, { setting: { bucket: '/' } })).toEqual(['setting.bucket: is no bucket name']);
    expect(problemsOf(z.array(target), [{ target: 'a' }, { target: '' }])).toEqual(['1.target: is empty']);
  });

  it('names the fields of the form that is meant where there are several', () => {
    const either = z.union([target, setting]);
    expect(problemsOf(either, { setting: { bucket: '/' } })).toEqual(['setting.bucket: is no bucket name']);
    expect(problemsOf(either, { target: '' })).toEqual(['target: is empty']);
    expect(problemsOf(z.strictObject({ at: either }), { at: { target: '' } })).toEqual([
      'at.target: is empty',
    ]);
  });

  it('says so when it is none of them', () => {
    expect(problemsOf(z.union([target, setting]), { other: 1 })).toEqual(['input: Invalid input']);
    expect(problemsOf(target, 7)[0]).toMatch(/^input: /);
  });
});
