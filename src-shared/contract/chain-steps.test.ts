import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import { parseRequest } from './requests.ts';

const step = (name: string, ...dependencies: string[]) => ({ name, question_template: 'Why?', dependencies });

function refusal(steps: unknown, more: object = {}): { code: string; message: string } {
  try {
    parseRequest('chain', { steps, ...more });
  } catch (thrown) {
    if (thrown instanceof CodedError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
  return { code: 'none', message: '' };
}

describe('the steps of a chain', () => {
  it('may depend on each other in any order of writing', () => {
    const { steps, name } = parseRequest('chain', {
      steps: [step('c', 'a', 'b'), step('b', 'a'), step('a')],
    });
    expect(steps.map((one) => one.name)).toEqual(['c', 'b', 'a']);
    expect(steps[0]).toMatchObject({ agent: 'prompt', dependencies: ['a', 'b'] });
    expect(name).toBe('chain');
  });

  it.each([
    ['two of one name', [step('a'), step('b'), step('a')], /Step 3 .*"a"/],
    ['a dependency that is not there', [step('a', 'x')], /"a" depends on "x"/],
    ['one that needs itself', [step('a', 'a')], /"a" depends on itself/],
    ['a cycle', [step('a', 'c'), step('b', 'a'), step('c', 'b')], /"a" needs "c" needs "b" needs "a"/],
    ['a cycle beside a chain', [step('x'), step('y', 'x'), step('p', 'q'), step('q', 'p')], /"p" needs "q"/],
    ['no steps', [], /no steps/],
    ['1,000 steps', Array.from({ length: 1000 }, (_, i) => step(`s${i}`)), /1000 steps.*"s64"/],
  ])('are refused: %s', (_, steps, message) => {
    const refused = refusal(steps);
    expect(refused.code).toBe('chain.invalid');
    expect(refused.message).toMatch(message);
  });

  it('are named where a field of one is wrong', () => {
    expect(refusal([step('a'), { ...step('plan'), question_template: '' }])).toEqual({
      code: 'request.invalid',
      message: 'The request is not valid. steps.1.question_template (step "plan"): is empty.',
    });
    expect(refusal([{ ...step('plan'), retries: 3 }]).code).toBe('request.unknown_field');
    expect(refusal('none').code).toBe('request.invalid');
    expect(refusal(undefined).code).toBe('request.invalid');
  });

  it('are at most as many as there may be', () => {
    const of = (count: number) => Array.from({ length: count }, (_, i) => step(`s${i}`));
    expect(refusal(of(64)).code).toBe('none');
    expect(refusal(of(65)).code).toBe('chain.invalid');
  });
});
