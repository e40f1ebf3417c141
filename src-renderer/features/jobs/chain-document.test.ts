import { describe, expect, it } from 'vitest';
import { parseRequest } from '#shared/contract/requests.ts';
import { readChain, writeChain } from './chain-document.ts';
import { CHAIN_EXAMPLE } from './chain-example.ts';

const problems = (text: string): readonly string[] =>
  readChain(text).problems.map(({ line, message, tone }) => `${line} ${tone} ${message}`);
const CHAIN = `name: c
steps:
  - name: one
    question_template: Why?
  - name: two
    dependencies: [one]
    question_template: And {one}?
`;

describe('the text of a chain', () => {
  it('of the example is right', () => {
    const { request, problems: none, nodes, edges } = readChain(CHAIN_EXAMPLE);
    expect(none).toEqual([]);
    expect(() => parseRequest('chain', request)).not.toThrow();
    expect(nodes.map(({ id }) => id)).toEqual(['symptoms', 'causes', 'risks', 'plan']);
    expect(edges).toHaveLength(4);
  });

  it('may be JSON, and comes back as it was written', () => {
    const { request } = readChain(CHAIN);
    expect(request).not.toBeNull();
    expect(readChain(JSON.stringify(request)).request).toEqual(request);
    expect(readChain(writeChain(request ?? {})).request).toEqual(request);
  });

  it('says at its line what cannot be read', () => {
    expect(problems('name: c\nsteps: [\n')[0]).toMatch(/^[23] error /);
    expect(problems('name: "c\n')[0]).toMatch(/error/);
    expect(problems('')[0]).toBe('1 error The document must hold an object with steps.');
  });

  it('says at its line which field is wrong or unknown', () => {
    expect(problems(CHAIN.replace('Why?', '""'))).toEqual(['4 error question_template: is empty']);
    expect(problems(CHAIN.replace('dependencies', 'needs'))).toEqual(['6 error There is no field "needs".']);
    expect(problems(CHAIN.replace('name: c', 'nam: c'))).toEqual(['1 error There is no field "nam".']);
    expect(problems('name: c\nsteps: []\n')).toEqual(['2 error The chain has no steps: give at least one.']);
  });

  it('says at its step that the steps have no order', () => {
    expect(problems(CHAIN.replace('[one]', '[three]'))).toEqual([
      '5 error Step "two" depends on "three", and there is no step of that name.',
    ]);
    expect(problems(CHAIN.replace('name: two', 'name: one'))).toEqual([
      '5 error Step 2 is called "one" as another one is: give each step a name of its own.',
    ]);
  });

  it('warns of a question without a value', () => {
    expect(problems(CHAIN.replace('{one}', '{pod}'))).toEqual([
      '7 warning {pod} is neither in the context nor a step that this one depends on: the step would fail.',
    ]);
    expect(readChain(CHAIN.replace('{one}', '{pod}')).request).not.toBeNull();
  });

  it('may be one of RUNE’s catalogue', () => {
    const text = `chains:
  - name: c
    steps:
      - id: one
        agent: holmes
        question: Why {so}?
      - id: two
        agent: holmes
        question: And?
        input_from: one
`;
    expect(problems(text)).toEqual([]);
    expect(readChain(text).edges).toEqual([{ from: 'one', to: 'two' }]);
    expect(problems(text.replace('from: one', 'from: three'))).toEqual([
      '7 error Step "two" depends on "three", and there is no step of that name.',
    ]);
  });

  it('does not unfold what refers to itself a thousand times', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c,*c,*c,*c]
steps: []
`;
    expect(problems(bomb)[0]).toMatch(/^1 error /);
  });
});
